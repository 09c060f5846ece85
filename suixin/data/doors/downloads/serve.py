"""The download door: /dataset/<slug>/resource/<id>/download/<file>

File     its ending says the format; `?encoding=utf-8-sig` puts a byte order mark before a CSV (for old Excel)
At rest  served with Content-Length and Range; else CSV, JSON, NDJSON, XML, GeoJSON are streamed, XLSX and Parquet
         built first. Both ways give the same bytes and the same ETag.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from suixin.data.access.errors import UnknownParameter, WrongValue
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, cached_plan
from suixin.data.access.predicates import delivered
from suixin.data.access.query import RowsQuery
from suixin.data.access.rows import count_rows
from suixin.data.access.versions import Snapshot, pinned
from suixin.data.doors import callers
from suixin.data.doors.conditional import is_known, wanted_range
from suixin.data.doors.downloads import rest
from suixin.data.doors.downloads.formats import FORMATS, SPREADSHEET_ROWS, Format, offered
from suixin.data.doors.downloads.streaming import stream
from suixin.data.doors.errors import TooManyRows, UnknownAddress
from suixin.data.doors.exchange import PURPOSE, Answer, Exchange, Request
from suixin.data.doors.resolving import resource_of_slug

_MARK = b"\xef\xbb\xbf"
_PIECE = 1 << 18


def download(exchange: Exchange) -> Answer:
    """The file, a part of it, or 304."""
    callers.admit(exchange)
    slug = exchange.resource
    plan = cached_plan(
        exchange.actor, f"slug:{slug}", door=Door.DOWNLOAD, columns=None, find=lambda: resource_of_slug(slug, exchange.actor),
        purpose=exchange.purpose,
    )
    exchange.plan, exchange.resource = plan, plan.contract.code
    exchange.action = exchange.request.path.rpartition(".")[2][:16]
    answer = file_answer(plan, exchange.request, slug=slug)
    held = pinned(plan.table)
    exchange.rows = None if answer.status == 304 or plan.row_filter else held.rows
    exchange.delivered = delivered(plan, held.version) if answer.status in (200, 206) else None
    return answer


def file_answer(plan: Plan, request: Request, *, slug: str) -> Answer:
    """The answer to a request for a file of the plan (doors with their own sessions call this)."""
    held = pinned(plan.table)
    made_by = _format(request, plan, held)
    mark = _mark(request, made_by)
    file = rest.resting(plan, held, made_by)
    tag = f'"{rest.place(plan, held, made_by).name}{"-bom" if mark else ""}"'
    headers = [
        ("Content-Type", made_by.content_type), ("ETag", tag), ("Cache-Control", "no-cache"),
        ("Content-Disposition", _disposition(slug, plan.contract.title, made_by)), ("Access-Control-Allow-Origin", "*"),
    ]
    if is_known(request, tag):
        return Answer(304, [], headers, 0, "304")
    if file is None and not made_by.streams:
        file = rest.build(plan, held, made_by)
    if file is not None and not mark:
        return _resting(file, request, tag, headers)
    if request.method == "HEAD":
        return Answer(200, [], headers)
    if file is not None:
        return Answer(200, _chained(mark, file.path), headers, file.size + len(mark))
    return Answer(200, stream(lambda target: rest.write_file(plan, held, made_by, target=target), head=mark), headers)


def _format(request: Request, plan: Plan, held: Snapshot) -> Format:
    name = request.path.rpartition(".")[2].lower()
    rows = count_rows(plan, RowsQuery(), held) if plan.row_filter else held.rows  # what the filter hides is not told
    formats = {one.name: one for one in offered(plan, rows)}
    if name in formats:
        return formats[name]
    if name == "xlsx":
        limit = f"XLSX 可容纳的 {SPREADSHEET_ROWS} 行"
        raise TooManyRows(f"数据有 {rows} 行，超过 {limit}；请下载 CSV 或 Parquet。")
    if name in FORMATS:
        known = "、".join(formats)
        raise UnknownAddress(f"「{plan.contract.title}」没有可以成图的列，不提供 {name} 格式；可用 {known}。")
    raise UnknownAddress(f"不提供 {name[:20]} 格式；可用 {'、'.join(formats)}。")


def _mark(request: Request, made_by: Format) -> bytes:
    parameters = request.parameters()
    for name, value in parameters:
        if name == PURPOSE:
            continue
        if name != "encoding":
            raise UnknownParameter(f"不认识的参数「{name[:60]}」；下载只有 encoding。", parameter=name[:60])
        if made_by.name != "csv" or value.lower() not in ("utf-8", "utf-8-sig"):
            raise WrongValue("参数「encoding」只用于 CSV，值为 utf-8 或 utf-8-sig。", parameter="encoding")
    return _MARK if any(name == "encoding" and value.lower() == "utf-8-sig" for name, value in parameters) else b""


def _resting(file: rest.Resting, request: Request, tag: str, headers: list[tuple[str, str]]) -> Answer:
    headers.append(("Accept-Ranges", "bytes"))
    part = wanted_range(request, tag, file.size)
    if part is False:
        return Answer(416, [], [*headers, ("Content-Range", f"bytes */{file.size}")], 0, "416")
    if part is None or part is True:
        return Answer(200, _pieces(file.path, 0, file.size), headers, file.size)
    first, last = part
    headers.append(("Content-Range", f"bytes {first}-{last}/{file.size}"))
    return Answer(206, _pieces(file.path, first, last - first + 1), headers, last - first + 1)


def _pieces(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length > 0 and (piece := file.read(min(_PIECE, length))):
            length -= len(piece)
            yield piece


def _chained(mark: bytes, path: Path) -> Iterator[bytes]:
    yield mark
    yield from _pieces(path, 0, path.stat().st_size)


def _disposition(slug: str, title: str, made_by: Format) -> str:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in slug)
    return f"attachment; filename=\"{plain}.{made_by.name}\"; filename*=UTF-8''{quote(title, safe='')}.{made_by.name}"
