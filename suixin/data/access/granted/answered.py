"""Evidence of one answer, whatever door gave it: a signed receipt over the bytes that left, made while they pass."""

import base64
import secrets
import uuid
from datetime import UTC

from suixin.data.access.plans import Plan
from suixin.data.lake import receipts
from suixin.data.lake.answer_form import FORMAT, PIECE_BYTES, SALT_BYTES, BodyTree
from suixin.data.lake.receipt_form import canonical_json, salt_digest
from suixin.kit import clock, merkle
from suixin.kit.actor import Actor
from suixin.kit.sm import sm3_hex


class AnswerEvidence:
    """The receipt of an answer in the making. `asked` is the call as it came: only its salted digest is kept.

    `identifier`: its own of what is made again when it was cut off, and then takes the place of what was begun
    """

    def __init__(
        self, plan: Plan, actor: Actor, *, action: str, asked: bytes, rows: int | None, status: int, identifier: str = "",
    ) -> None:
        self.identifier, self._salt = identifier or str(uuid.uuid4()), secrets.token_bytes(SALT_BYTES)
        self.plan, self.actor, self._tree = plan, actor, BodyTree(self._salt)
        self._statement: dict[str, object] = {
            "format": FORMAT, "id": self.identifier, "door": plan.door.value, "action": action, "grant": plan.grant, "basis": plan.basis,
            "requester": {"kind": actor.kind.value, "key": actor.key, "name": actor.name, "organisation": actor.organisation},
            "resource": {"code": plan.contract.code, "table": plan.table, "title": plan.contract.title},
            "query": {
                "row_filter": plan.row_filter, "masks": list(plan.mask_names), "columns": list(plan.fields),
                "asked_sm3": sm3_hex(self._salt + asked),
            },
            "rows": rows, "status": status, "salt_sm3": salt_digest(self._salt),
        }

    def add(self, piece: bytes) -> None:
        """Further bytes of the body, as they leave."""
        self._tree.add(piece)

    def break_off(self, status: int) -> None:
        """Nothing more will leave: the receipt is of what did, says so by its status, and states no rows: some did not leave."""
        self._statement |= {"status": status, "rows": None}

    def finish(self) -> bytes:
        """The signed receipt of all bytes that were added."""
        leaves = self._tree.finish()
        signed = receipts.signed(self._statement | {
            "body": {"bytes": self._tree.size, "pieces": len(leaves), "piece_bytes": PIECE_BYTES}, "root": merkle.root(leaves).hex(),
            "signed_at": clock.now().astimezone(UTC).isoformat(timespec="milliseconds"),
        })
        told = {"leaves": base64.b64encode(b"".join(leaves)).decode(), "receipt": signed, "salt": self._salt.hex()}
        return canonical_json(told) + b"\n"
