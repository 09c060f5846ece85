"""The addresses of Delta Sharing below /delta-sharing, and what every one of them asks first: who reads."""

import re
from collections.abc import Callable, Sequence

from suixin.data.access.models import Door
from suixin.data.access.values import dumps
from suixin.data.doors.delta import files, listing, recipients, tables
from suixin.data.doors.errors import UnknownAddress
from suixin.data.doors.exchange import Answer, Exchange, Request, json_answer
from suixin.data.doors.serving import READING, serve
from suixin.kit.errors import BadRequest

PREFIX = "/delta-sharing/"
_SHARE = r"/delta-sharing/shares/([^/]{1,150})"
_TABLE = rf"{_SHARE}/schemas/([^/]{{1,150}})/tables/([^/]{{1,150}})"
# what: (pattern, its answer); `TABLES` are asked with the names of share, schema and table, `LISTS` with those of share and schema
TABLES: dict[str, tuple[re.Pattern[str], Callable[..., Answer]]] = {
    "head": (re.compile(rf"{_TABLE}/?"), tables.version),  # the protocol's older way to ask for the version
    "version": (re.compile(rf"{_TABLE}/version/?"), tables.version),
    "metadata": (re.compile(rf"{_TABLE}/metadata/?"), tables.metadata),
    "query": (re.compile(rf"{_TABLE}/query/?"), tables.query),
    "changes": (re.compile(rf"{_TABLE}/changes/?"), tables.changes),
}
LISTS: dict[str, re.Pattern[str]] = {
    "shares": re.compile(r"/delta-sharing/shares/?"), "share": re.compile(rf"{_SHARE}/?"), "schemas": re.compile(rf"{_SHARE}/schemas/?"),
    "all-tables": re.compile(rf"{_SHARE}/all-tables/?"), "tables": re.compile(rf"{_SHARE}/schemas/([^/]{{1,150}})/tables/?"),
}
FILE = re.compile(r"/delta-sharing/files/([^/]{1,1500})")
PATTERNS = (FILE, *(pattern for pattern, _ in TABLES.values()), *LISTS.values())


def answer(request: Request) -> Answer:
    """The answer to any address below PREFIX."""
    if match := FILE.fullmatch(request.path):
        return _serve(request, "file", files.fetch, resource=match[1])
    for action, (pattern, answers) in TABLES.items():
        if match := pattern.fullmatch(request.path):
            table = match.groups()
            methods = ("POST",) if action == "query" else READING
            return _serve(request, action, lambda exchange: _table(exchange, table, answers), methods=methods)  # noqa: B023 served at once
    for what, pattern in LISTS.items():
        if match := pattern.fullmatch(request.path):
            asked = (*match.groups(), "", "")
            return _serve(request, "list", lambda exchange: _list(exchange, what, asked[:2]))  # noqa: B023 served at once
    return _serve(request, "list", _nowhere)


def _serve(
    request: Request, action: str, handle: Callable[[Exchange], Answer], *, resource: str = "", methods: Sequence[str] = READING,
) -> Answer:
    return serve(Exchange(request, Door.SHARE.value, action, resource=resource), handle, methods=methods)


def _recipient(exchange: Exchange) -> recipients.Recipient:
    found = recipients.recipient_of(exchange.request.header("Authorization"))
    exchange.actor = found.actor
    return found


def _table(exchange: Exchange, named: Sequence[str], answers: Callable[..., Answer]) -> Answer:
    recipient = _recipient(exchange)
    share, schema, name = named
    found = listing.table_of(recipient, share, schema, name=name)
    plan = listing.plan_of(recipient, found)
    exchange.plan, exchange.resource = plan, plan.contract.code
    return answers(exchange, plan, recipient)


def _list(exchange: Exchange, what: str, named: Sequence[str]) -> Answer:
    recipient = _recipient(exchange)
    share, schema = named
    given = dict(exchange.request.parameters())
    if unknown := next((name for name in given if name not in ("maxResults", "pageToken")), None):
        raise BadRequest(f"不认识的参数「{unknown[:60]}」;这里可用 maxResults、pageToken。", parameter=unknown[:60])
    items: Sequence[object] = [{"name": name, "id": name} for name in listing.shares_of(recipient)] if what == "shares" else []
    if what != "shares":
        found = listing.within(recipient, share, schema)
        if what == "share":
            return json_answer(dumps({"share": {"name": found[0].share, "id": found[0].share}}))
        schemas = dict.fromkeys(one.schema for one in found)
        items = [{"name": name, "share": found[0].share} for name in schemas] if what == "schemas" else [one.as_item() for one in found]
    page, following = listing.page_of(items, most=given.get("maxResults", ""), token=given.get("pageToken", ""))
    return json_answer(dumps({"items": page} | ({"nextPageToken": following} if following else {})))


def _nowhere(exchange: Exchange) -> Answer:
    _recipient(exchange)
    raise UnknownAddress("Delta Sharing 没有这个地址;请核对配置文件里的 endpoint 和客户端的版本。")
