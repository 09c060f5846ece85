"""Answers about one table: version, metadata, files of a version, changes between versions, as NDJSON.

Every answer carries `Delta-Table-Version`. Hints (`predicateHints`, `jsonPredicateHints`) may be ignored by a server, and are: they
could only leave files out. `limitHint` lets files go that are not needed for so many rows. Responses are in the parquet format.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import orjson

from suixin.data.access.granted import shares
from suixin.data.access.plans import Plan
from suixin.data.access.predicates import delivered
from suixin.data.doors.delta import recipients, tokens
from suixin.data.doors.delta.files import PREFIX
from suixin.data.doors.exchange import Answer, Exchange
from suixin.data.doors.links import base_of
from suixin.kit import clock
from suixin.kit.errors import BadRequest

NDJSON = "application/x-ndjson; charset=utf-8"
VERSION = "Delta-Table-Version"
_PROTOCOL = {"protocol": {"minReaderVersion": 1}}
_CAPABILITIES = "delta-sharing-capabilities"
MOST_VERSIONS = 1000
_QUERY = {
    "predicateHints", "jsonPredicateHints", "limitHint", "version", "timestamp", "startingVersion", "endingVersion", "idempotencyKey",
    "maxFiles", "pageToken", "includeRefreshToken", "refreshToken",
}


def version(exchange: Exchange, plan: Plan, recipient: recipients.Recipient) -> Answer:
    """Only the header: the newest version, or the first made at `startingTimestamp` or after."""
    stamp = _parameters(exchange, "startingTimestamp").get("startingTimestamp")
    found = shares.version_at(plan, _moment("startingTimestamp", stamp), is_after=True) if stamp else shares.newest(plan)
    exchange.rows = 0
    return Answer(200, [b""], [(VERSION, str(found)), ("Content-Type", NDJSON)], 0)


def metadata(exchange: Exchange, plan: Plan, recipient: recipients.Recipient) -> Answer:
    """Protocol and columns."""
    given = _parameters(exchange, "version", "timestamp")
    served = shares.served(plan, _asked_version(plan, given.get("version"), given.get("timestamp")))
    exchange.rows = 0
    return _answer(exchange, served.version, [_described(plan, served)])


def query(exchange: Exchange, plan: Plan, recipient: recipients.Recipient) -> Answer:
    """Files of a version, or with `startingVersion` those that brought rows since."""
    body = _body(exchange)
    if body.get("startingVersion") is not None:
        return _since(exchange, plan, recipient, body)
    served = shares.served(plan, _asked_version(plan, body.get("version"), body.get("timestamp")))
    files = _enough(served.files, _count("limitHint", body.get("limitHint")))
    exchange.rows = sum(file.rows for file in files)
    exchange.delivered = delivered(plan, served.version)
    told: list[Mapping[str, object]] = [{"file": _file(exchange, plan, recipient, file)} for file in files]
    return _answer(exchange, served.version, [_described(plan, served), *told])


def changes(exchange: Exchange, plan: Plan, recipient: recipients.Recipient) -> Answer:
    """Change data between two versions, both included. Raises BadRequest, VersionGone."""
    names = ("startingVersion", "startingTimestamp", "endingVersion", "endingTimestamp", "includeHistoricalMetadata")
    given = _parameters(exchange, *names)
    first, last = _span(plan, given)
    served = shares.served(plan)
    files = shares.changed(plan, first, last) if first <= last else []
    exchange.rows = sum(file.rows for file in files)
    lines = [_described(plan, served), *_dated(exchange, plan, recipient, files)]
    return _answer(exchange, first, lines)


def _since(exchange: Exchange, plan: Plan, recipient: recipients.Recipient, body: Mapping[str, object]) -> Answer:
    """Rows that came since a version, as `add`; the protocol's older form of `changes`."""
    given = {name: str(body[name]) for name in ("startingVersion", "endingVersion") if body.get(name) is not None}
    first, last = _span(plan, given)
    files = shares.changed(plan, first, last)
    exchange.rows = sum(file.rows for file in files)
    lines = [_described(plan, shares.served(plan)), *_dated(exchange, plan, recipient, files)]
    return _answer(exchange, last, lines)


def _answer(exchange: Exchange, number: int, lines: Iterable[Mapping[str, object]]) -> Answer:
    body = b"".join(orjson.dumps(line) + b"\n" for line in (_PROTOCOL, *lines))
    headers = [("Content-Type", NDJSON), (VERSION, str(number)), ("Cache-Control", "no-store")]
    if exchange.request.header(_CAPABILITIES):
        headers.append((_CAPABILITIES, "responseformat=parquet"))
    return Answer(200, [body], headers, len(body))


def _described(plan: Plan, served: shares.Served) -> Mapping[str, object]:
    return {"metaData": {
        "id": str(UUID(plan.grant)), "name": plan.contract.title, "format": {"provider": "parquet"}, "schemaString": shares.schema_of(plan),
        "partitionColumns": [], "configuration": {"enableChangeDataFeed": "true"}, "version": served.version, "size": served.size,
        "numFiles": len(served.files),
    }}


def _file(
    exchange: Exchange, plan: Plan, recipient: recipients.Recipient, file: shares.ServedFile, *, is_dated: bool = False,
) -> dict[str, object]:
    expires = tokens.expiry_of(plan)
    token = tokens.FileToken(plan.grant, recipient.token, plan.table, file.place, expires).sealed()
    told: dict[str, object] = {
        "url": f"{base_of(exchange.request)}{PREFIX}{quote(token)}", "id": file.place.rpartition("/")[2] + f"@{file.version}",
        "partitionValues": {}, "size": file.size, "expirationTimestamp": expires * 1000,
    }
    if is_dated:
        return told | {"version": file.version, "timestamp": file.at_ms}
    return told | {"stats": orjson.dumps({"numRecords": file.rows}).decode()}


def _dated(
    exchange: Exchange, plan: Plan, recipient: recipients.Recipient, files: Sequence[shares.ServedFile]
) -> list[Mapping[str, object]]:
    return [{"cdf": _file(exchange, plan, recipient, one, is_dated=True)} for one in files]


def _enough(files: Sequence[shares.ServedFile], limit: int | None) -> list[shares.ServedFile]:
    """The first files that hold `limit` rows together; all without one."""
    found: list[shares.ServedFile] = []
    rows = 0
    for file in files:
        if limit is not None and rows >= limit:
            break
        found.append(file)
        rows += file.rows
    return found


def _span(plan: Plan, given: Mapping[str, str]) -> tuple[int, int]:
    newest = shares.newest(plan)
    if "startingVersion" in given:
        first = _count("startingVersion", given["startingVersion"]) or 0
    elif "startingTimestamp" in given:
        first = shares.version_at(plan, _moment("startingTimestamp", given["startingTimestamp"]), is_after=True)
    else:
        raise BadRequest("请给出参数 startingVersion 或 startingTimestamp,说明从哪一版起要变化。", parameter="startingVersion")
    last = newest
    if "endingVersion" in given:
        last = _count("endingVersion", given["endingVersion"]) or 0
    elif "endingTimestamp" in given:
        last = shares.version_at(plan, _moment("endingTimestamp", given["endingTimestamp"]))
    if first > newest or last > newest or last < first:
        raise BadRequest(f"版本范围 {first} 到 {last} 不对;「{plan.contract.title}」现在是第 {newest} 版。", parameter="startingVersion")
    if last - first >= MOST_VERSIONS:
        raise BadRequest(f"一次最多取 {MOST_VERSIONS} 个版本的变化;请分几次取。", parameter="endingVersion")
    return first, last


def _asked_version(plan: Plan, number: object, stamp: object) -> int | None:
    if number is not None and stamp is not None:
        raise BadRequest("参数 version 与 timestamp 只能给一个。", parameter="version")
    if number is not None:
        found = _count("version", number)
        if found is None or found > shares.newest(plan):
            raise BadRequest(f"没有第 {number} 版;「{plan.contract.title}」现在是第 {shares.newest(plan)} 版。", parameter="version")
        return found
    return shares.version_at(plan, _moment("timestamp", str(stamp))) if stamp is not None else None


def _count(name: str, value: object) -> int | None:
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or len(text) > 15:
        raise BadRequest(f"参数「{name}」须为不小于 0 的整数。", parameter=name)
    return int(text)


def _moment(name: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"参数「{name}」须为 ISO 8601 的时间,如 2024-03-01T08:30:00+08:00。", parameter=name) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=clock.CHINA)


def _parameters(exchange: Exchange, *names: str) -> dict[str, str]:
    given = exchange.request.parameters()
    if unknown := next((name for name, _ in given if name not in names), None):
        raise BadRequest(f"不认识的参数「{unknown[:60]}」;这里可用 {'、'.join(names)}。", parameter=unknown[:60])
    return dict(given)


def _body(exchange: Exchange) -> dict[str, object]:
    text = exchange.request.body()
    try:
        body = orjson.loads(text) if text.strip() else {}
    except orjson.JSONDecodeError as error:
        raise BadRequest("请求体不是 JSON;请按 Delta Sharing 协议发送。") from error
    if not isinstance(body, dict):
        raise BadRequest("请求体须为 JSON 对象;请按 Delta Sharing 协议发送。")
    if unknown := next((name for name in body if name not in _QUERY), None):
        raise BadRequest(f"不认识的参数「{str(unknown)[:60]}」;请按 Delta Sharing 协议发送。", parameter=str(unknown)[:60])
    return body


