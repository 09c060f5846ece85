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
_NAME = r"[^/]{1,150}"
_TABLE = re.compile(rf"/delta-sharing/shares/({_NAME})/schemas/({_NAME})/tables/({_NAME})(?:/(version|metadata|query|changes))?/?")
_LISTS = re.compile(rf"/delta-sharing/shares(?:/({_NAME})(?:/(schemas|all-tables)|/schemas/({_NAME})/tables)?)?/?")
_FILE = re.compile(r"/delta-sharing/files/([A-Za-z0-9_\-]{1,1500})")
_ANSWERS: dict[str, Callable[..., Answer]] = {
    "version": tables.version, "metadata": tables.metadata, "query": tables.query, "changes": tables.changes,
}


def answer(request: Request) -> Answer:
    """The answer to any address below PREFIX."""
    path = request.path
    if match := _FILE.fullmatch(path):
        return _serve(request, "file", files.fetch, resource=match[1])
    if match := _TABLE.fullmatch(path):
        action = match[4] or "version"  # HEAD on the table is the protocol's older way to ask for the version
        methods = ("POST",) if action == "query" else READING
        table = match.groups()
        return _serve(request, action, lambda exchange: _table(exchange, table), methods=methods)
    if match := _LISTS.fullmatch(path):
        asked = match.groups()
        return _serve(request, "list", lambda exchange: _list(exchange, asked))
    return _serve(request, "list", _nowhere)


def _serve(
    request: Request, action: str, handle: Callable[[Exchange], Answer], *, resource: str = "", methods: Sequence[str] = READING,
) -> Answer:
    return serve(Exchange(request, Door.SHARE.value, action, resource=resource), handle, methods=methods)


def _recipient(exchange: Exchange) -> recipients.Recipient:
    found = recipients.recipient_of(exchange.request.header("Authorization"))
    exchange.actor = found.actor
    return found


def _table(exchange: Exchange, named: Sequence[str]) -> Answer:
    recipient = _recipient(exchange)
    share, schema, name, action = named
    found = listing.table_of(recipient, share, schema, name=name)
    plan = listing.plan_of(recipient, found)
    exchange.plan, exchange.resource = plan, plan.contract.code
    return _ANSWERS[action or "version"](exchange, plan, recipient)


def _list(exchange: Exchange, named: Sequence[str | None]) -> Answer:
    recipient = _recipient(exchange)
    share, what, schema = named
    given = dict(exchange.request.parameters())
    if unknown := next((name for name in given if name not in ("maxResults", "pageToken")), None):
        raise BadRequest(f"不认识的参数「{unknown[:60]}」;这里可用 maxResults、pageToken。", parameter=unknown[:60])
    items: Sequence[object]
    if share is None:
        items = [{"name": name, "id": name} for name in listing.shares_of(recipient)]
    else:
        found = listing.within(recipient, share, schema or "")
        if what is None and schema is None:
            return json_answer(dumps({"share": {"name": found[0].share, "id": found[0].share}}))
        schemas = dict.fromkeys(one.schema for one in found)
        items = [{"name": name, "share": found[0].share} for name in schemas] if what == "schemas" else [one.as_item() for one in found]
    page, following = listing.page_of(items, most=given.get("maxResults", ""), token=given.get("pageToken", ""))
    return json_answer(dumps({"items": page} | ({"nextPageToken": following} if following else {})))


def _nowhere(exchange: Exchange) -> Answer:
    _recipient(exchange)
    raise UnknownAddress("Delta Sharing 没有这个地址;请核对配置文件里的 endpoint 和客户端的版本。")
