"""One file of a share: HEAD and GET, whole or in parts; grant and recipient are asked again all along.

A download under way breaks off within a few megabytes once the grant or the recipient's token has ended: the connection
is cut short of the promised length, so that no client takes the half for the whole.
"""

from collections.abc import Iterator
from pathlib import Path

from suixin.data.access.errors import NoGrant
from suixin.data.access.granted import shares
from suixin.data.access.plans import Plan
from suixin.data.doors.conditional import is_known, wanted_range
from suixin.data.doors.delta import listing, recipients, tokens
from suixin.data.doors.exchange import Answer, Exchange

PREFIX = "/delta-sharing/files/"
_PIECE = 1 << 18
_ASK_EVERY = 16  # pieces, 4 MB
_TYPE = "application/vnd.apache.parquet"


def fetch(exchange: Exchange) -> Answer:
    """The file or a part of it. Raises UnknownAddress, TokenRefused, what `open_plan` does, VersionGone."""
    token = tokens.opened(exchange.resource)
    exchange.resource, exchange.request.path = token.table, f"{PREFIX}{Path(token.place).name}"  # no address in the log
    recipient, plan = _admitted(token)
    exchange.actor, exchange.plan, exchange.resource = recipient.actor, plan, plan.contract.code
    exchange.uses = exchange.rows = 0  # its query was counted and is on record with its rows; readers fetch a file in many parts
    path = shares.file_at(plan, token.place)
    size = path.stat().st_size
    tag = f'"{path.parent.name}-{path.stem}-{size}"'
    headers = [("Content-Type", _TYPE), ("ETag", tag), ("Accept-Ranges", "bytes"), ("Cache-Control", "no-cache")]
    request = exchange.request
    if is_known(request, tag):
        return Answer(304, [], headers, 0, "304")
    part = wanted_range(request, tag, size)
    if part is False:
        return Answer(416, [], [*headers, ("Content-Range", f"bytes */{size}")], 0, "416")
    first, last = part if isinstance(part, tuple) else (0, size - 1)
    if isinstance(part, tuple):
        headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
    pieces: Iterator[bytes] | list[bytes] = [] if request.method == "HEAD" else _pieces(path, token, first, last - first + 1)
    return Answer(206 if isinstance(part, tuple) else 200, pieces, headers, last - first + 1)


def _admitted(token: tokens.FileToken) -> tuple[recipients.Recipient, Plan]:
    recipient = recipients.recipient_by(token.recipient)
    plan = listing.plan_by_name(recipient, token.table)
    if plan.grant != token.grant:
        raise NoGrant(f"{recipient.actor.name}对「{plan.contract.title}」的授权已更换;请重新查询,取得新的文件地址。")
    return recipient, plan


def _pieces(path: Path, token: tokens.FileToken, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        for number in range(1 + length // _PIECE):
            if number and number % _ASK_EVERY == 0:
                _admitted(token)
            if length <= 0 or not (piece := file.read(min(_PIECE, length))):
                return
            length -= len(piece)
            yield piece
