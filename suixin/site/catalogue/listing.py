"""A list of entries told at once: judged as a sheet is, the good ones registered, the others told by index and path."""

from typing import Any  # what a program sends is JSON

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from suixin.data.catalog.exchange import told
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import sm
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.catalogue import schemas
from suixin.site.catalogue.conditions import Answer, answered, caller, key_of
from suixin.site.catalogue.requests import HEADERS
from suixin.site.catalogue.router import refuse_unknown, router
from suixin.site.catalogue.schemas import Faulty

MAX_BYTES = 16 << 20
_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": {
        "type": "object", "required": ["entries"], "additionalProperties": False,
        "properties": {"entries": {
            "type": "array", "maxItems": told.MAX_ENTRIES,
            "items": {"type": "object"}, "description": "每条写法同“登记目录”的请求体;有误的一条只影响它自己",
        }},
    }}},
}


@router.post(
    "/catalogue/bulk", response={200: schemas.ListedOut, 400: Faulty, 401: Faulty, 403: Faulty, 422: Faulty},
    operation_id="propose_entries", summary="批量登记目录",
    openapi_extra={"security": [{"AccessToken": []}], "requestBody": _BODY, "parameters": HEADERS["parameters"][1:]},
)
def propose_entries(request: HttpRequest) -> HttpResponse:
    """The good ones of at most a thousand entries as proposals, in portions that each stand for themselves."""
    refuse_unknown(request)
    actor, key = caller(request), key_of(request)
    policy.require_anywhere(actor, "catalog.propose")
    content = request.read(MAX_BYTES + 1)
    entries = _entries(content)
    asked, found = sm.sm3_hex(content), told.Listed(len(entries))
    for start in range(0, len(entries), told.CHUNK):
        one = _portion(entries[start : start + told.CHUNK], start, actor, f"{key}#{start}" if key else "", asked)
        found.registered += [(each["index"], each["code"], each["table"]) for each in one["registered"]]
        found.faults += [(each["index"], each["path"], each["sentence"]) for each in one["faults"]]
    return Answer(_document(found)).response()


def _portion(entries: list[Any], start: int, actor: Actor, key: str, asked: str) -> dict[str, Any]:
    """What became of a portion, in its own transaction; as the first time when its key is known."""

    def work() -> Answer:
        listed = told.propose_some(entries, actor=actor, first=start)
        audit.record(actor, "catalog.entries_brought", ("catalogue", "list"), detail={
            "registered": len(listed.registered), "faults": len(listed.faults)})
        return Answer(_document(listed))

    with transaction.atomic():
        answer = answered(actor, key, asked=asked, work=work)[0] if key else work()
    document: dict[str, Any] = answer.body
    return document


def _document(found: told.Listed) -> dict[str, Any]:
    return {
        "total": found.total,
        "registered": [{"index": index, "code": code, "table": table} for index, code, table in found.registered],
        "faults": [{"index": index, "path": path, "sentence": sentence} for index, path, sentence in found.faults],
    }


def _entries(content: bytes) -> list[Any]:
    if len(content) > MAX_BYTES:
        raise BadRequest(f"请求体超过 {MAX_BYTES >> 20} MB;请分成几批。")
    if b"\\u0000" in content:
        raise BadRequest("请求体里有空字符(\\u0000),无法保存;请去掉它。")
    try:
        page = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"请求体读不出来：第 {error.lineno} 行有语法错误;请发送 UTF-8 的 JSON。") from error
    entries = page.get("entries") if isinstance(page, dict) and page.keys() == {"entries"} else None
    if not isinstance(entries, list) or len(entries) > told.MAX_ENTRIES:
        raise BadRequest(f"请求体应为 {{\"entries\": [...]}},不超过 {told.MAX_ENTRIES:,} 条;每条写法同 POST /api/v1/catalogue/entries。")
    return entries
