"""A receipt for any answer: `Prefer: receipt` on a call of the lean doors, then GET the address of the header X-Receipt.

Made      while the bytes leave, at flat memory, once the last one has left: of an answer that broke off there is none
Always    by a grant that demands it, asked for or not; of an answer that broke off over what had left, with the status 499; one that
          cannot be kept lets nothing leave. Messages of subscriptions have one too, also when they left and were not taken;
          rows that return to another platform bear theirs (`of_part`)
Kept      a day, for whoever made the call: SUIXIN_HOME/evidence/answers/<id>.json; a demanded one as long as the access log:
          SUIXIN_HOME/evidence/demanded/<grant>/<id>.json; digests under a salt, never a value
Checked   off line: `suixin receipt verify FILE --original BODY --fingerprint HEX`
"""

import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from django.conf import settings

from suixin.data.access.granted.answered import AnswerEvidence
from suixin.data.access.log_files import KEPT_DAYS
from suixin.data.access.plans import Plan
from suixin.data.doors import callers
from suixin.data.doors.errors import UnknownAddress
from suixin.data.doors.exchange import JSON, Answer, Exchange
from suixin.kit import clock
from suixin.kit.actor import ActorKind

HEADER = "X-Receipt"
PATTERN = re.compile(r"/receipts/([^/]{36})")
_GIVEN = (200, 206)
_BROKEN_OFF = 499  # the reader went, or was cut off, before all had left
_IDENTIFIER = re.compile(r"[0-9a-f-]{36}")


def promise(exchange: Exchange, answer: Answer) -> None:
    """The answer with the address of its receipt, when the caller prefers one and is somebody; nothing else changes."""
    plan = exchange.plan
    if plan is None or answer.status not in _GIVEN or exchange.request.method == "HEAD" or exchange.actor.kind is ActorKind.PUBLIC:
        return
    prefer = exchange.request.header("Prefer")
    wanted = bool(prefer) and "receipt" in [one.strip() for one in prefer.lower().split(",")]
    if not wanted and not plan.is_receipted:
        return
    request = exchange.request
    asked = f"{request.method} {request.path}?{request.query}\n".encode() + (request.held or b"")
    made = AnswerEvidence(plan, exchange.actor, action=exchange.action, asked=asked, rows=exchange.rows, status=answer.status)
    answer.headers += [(HEADER, f"/receipts/{made.identifier}"), *([("Preference-Applied", "receipt")] if wanted else [])]
    if isinstance(answer.body, list):
        for piece in answer.body:
            made.add(piece)
        _keep(made)
    else:
        answer.body = _Evidenced(answer.body, made)


def take(exchange: Exchange) -> Answer:
    """The receipt, for whoever made the call that it is of. Raises UnknownAddress."""
    callers.admit(exchange)
    name, exchange.resource = exchange.resource, ""
    content = _held(name)
    theirs = orjson.loads(content)["receipt"]["requester"] if content else {}
    if (theirs.get("kind"), theirs.get("key")) != (exchange.actor.kind.value, exchange.actor.key):
        raise UnknownAddress("没有这份回执,或不是您的:内容没有传完的没有回执,授权没有要求的回执保留一天。")
    exchange.rows = 0
    return Answer(200, [content], [("Content-Type", JSON), ("Cache-Control", "no-store")], len(content))


@dataclass(slots=True)
class Message:
    """A message on its way: `place`, the address of its receipt; `has_left`, whether bytes of its body may be with the receiver."""

    place: str
    has_left: bool = False


@contextmanager
def of_message(plan: Plan, body: bytes, *, message: str, rows: int) -> Iterator[Message]:
    """The message that is being sent to whom the plan is for. Its receipt is kept when it was taken; a demanded one when it left."""
    made = AnswerEvidence(plan, plan.actor, action="webhook", asked=message.encode(), rows=rows, status=200)
    made.add(body)
    path, sent = _keep(made), Message(f"/receipts/{made.identifier}")
    try:
        yield sent
    except BaseException:
        if plan.is_receipted and sent.has_left:
            made.break_off(_BROKEN_OFF)
            _keep(made)
        else:
            path.unlink(missing_ok=True)
        raise


@contextmanager
def of_part(plan: Plan, body: bytes, *, name: uuid.UUID, number: int, rows: int) -> Iterator[bytes]:
    """The receipt of a part of rows, to travel with it; the one kept here goes again when the part is not written after all.

    `name`, `number`: the delivery's and the part's; a part that was cut off and is made again has one receipt, the last
    """
    made = AnswerEvidence(
        plan, plan.actor, action="cascade", asked=f"{name}#{number}".encode(), rows=rows, status=200,
        identifier=str(uuid.uuid5(name, str(number))),
    )
    made.add(body)
    path = _keep(made)
    try:
        yield path.read_bytes()
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def forget_old(before: float) -> None:
    """Receipts of answers that were made before that time (seconds) are gone; demanded ones when the access log of their day goes."""
    _forget(_folder().glob("*.json"), before)
    _forget(_demanded().glob("*/*.json"), clock.now().timestamp() - KEPT_DAYS * 24 * 3600)


class _Evidenced:
    """The pieces of a body; its receipt is there when the last one has left."""

    def __init__(self, body: Iterable[bytes], made: AnswerEvidence) -> None:
        self._body, self._pieces, self._made = body, iter(body), made
        self._is_over = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._pieces)
        except StopIteration:
            if not self._is_over:
                self._is_over = True
                _keep(self._made)
            raise
        self._made.add(piece)
        return piece

    def close(self) -> None:
        """Let go of what the body holds; what had left until then is on a demanded receipt."""
        if (close := getattr(self._body, "close", None)) is not None:
            close()
        if not self._is_over and self._made.plan.is_receipted:
            self._is_over = True
            self._made.break_off(_BROKEN_OFF)
            _keep(self._made)


def _keep(made: AnswerEvidence) -> Path:
    folder = _demanded() / made.plan.grant if made.plan.is_receipted else _folder()
    path = folder / f"{made.identifier}.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    part.write_bytes(made.finish())
    part.replace(path)
    return path


def _held(name: str) -> bytes:
    """The receipt of that identifier; nothing when there is none."""
    if not _IDENTIFIER.fullmatch(name):
        return b""
    for path in (_folder() / f"{name}.json", *_demanded().glob(f"*/{name}.json")):
        with suppress(FileNotFoundError):
            return path.read_bytes()
    return b""


def _forget(paths: Iterable[Path], before: float) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


def _folder() -> Path:
    return Path(settings.SUIXIN.home).resolve() / "evidence" / "answers"


def _demanded() -> Path:
    return Path(settings.SUIXIN.home).resolve() / "evidence" / "demanded"
