"""A receipt for any answer: `Prefer: receipt` on a call of the lean doors, then GET the address of the header X-Receipt.

Made      while the bytes leave, at flat memory, once the last one has left: of an answer that broke off there is none
Kept      a day, for whoever made the call: SUIXIN_HOME/evidence/answers/<id>.json; digests under a salt, never a value
Checked   off line: `suixin receipt verify FILE --original BODY --fingerprint HEX`
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import orjson
from django.conf import settings

from suixin.data.access.granted.answered import AnswerEvidence
from suixin.data.doors import callers
from suixin.data.doors.errors import UnknownAddress
from suixin.data.doors.exchange import JSON, Answer, Exchange
from suixin.kit.actor import ActorKind

HEADER = "X-Receipt"
PATTERN = re.compile(r"/receipts/([^/]{36})")
_GIVEN = (200, 206)


def promise(exchange: Exchange, answer: Answer) -> None:
    """The answer with the address of its receipt, when the caller prefers one and is somebody; nothing else changes."""
    wanted = "receipt" in [one.strip() for one in exchange.request.header("Prefer").lower().split(",")]
    plan = exchange.plan
    is_due = wanted and plan is not None and answer.status in _GIVEN and exchange.request.method != "HEAD"
    if not is_due or plan is None or exchange.actor.kind is ActorKind.PUBLIC:
        return
    request = exchange.request
    asked = f"{request.method} {request.path}?{request.query}\n".encode() + (request.held or b"")
    made = AnswerEvidence(plan, exchange.actor, action=exchange.action, asked=asked, rows=exchange.rows, status=answer.status)
    answer.headers += [(HEADER, f"/receipts/{made.identifier}"), ("Preference-Applied", "receipt")]
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
    path = _folder() / f"{name}.json"
    try:
        content = path.read_bytes()
        theirs = orjson.loads(content)["receipt"]["requester"]
    except FileNotFoundError:
        theirs = {}
    if (theirs.get("kind"), theirs.get("key")) != (exchange.actor.kind.value, exchange.actor.key):
        raise UnknownAddress("没有这份回执,或不是您的:内容没有传完的没有回执,回执保留一天。")
    exchange.rows = 0
    return Answer(200, [content], [("Content-Type", JSON), ("Cache-Control", "no-store")], len(content))


def forget_old(before: float) -> None:
    """Receipts of answers that were made before that time (seconds) are gone."""
    for path in _folder().glob("*.json"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


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
        """Let go of what the body holds."""
        if (close := getattr(self._body, "close", None)) is not None:
            close()


def _keep(made: AnswerEvidence) -> None:
    path = _folder() / f"{made.identifier}.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    part.write_bytes(made.finish())
    part.replace(path)


def _folder() -> Path:
    return Path(settings.SUIXIN.home).resolve() / "evidence" / "answers"
