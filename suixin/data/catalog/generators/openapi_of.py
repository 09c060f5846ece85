"""OpenAPI 3.1 of exactly one resource's interfaces: its rows when it is open, its look-up when it has one, with the contract's types."""

from datetime import datetime
from decimal import Decimal
from typing import Any  # Any: parts of an OpenAPI document are JSON

from suixin.data.catalog.bounds import NONE, Bounds, bounds_of
from suixin.data.catalog.coding import choices_of
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.errors import NoSample
from suixin.data.catalog.generators.facts import Doors, Facts
from suixin.data.catalog.generators.sample_rows import Value, rows, text_of
from suixin.data.catalog.generators.sentences import protection_of, sentences_of
from suixin.kit.clock import CHINA

Json = dict[str, Any]
MANY = 200
_TEXT: Json = {"type": "string"}
_FAULT: Json = {"type": "object", "required": ["code", "message"], "properties": {"code": _TEXT, "message": _TEXT, "trace_id": _TEXT}}
_PATTERNS = {
    "resident_id": "^[0-9]{17}[0-9Xx]$", "uscc": "^[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}$", "mobile": "^1[3-9][0-9]{9}$",
}
_SIGNED = {
    "AppId": ("X-App-Id", "应用标识"), "Timestamp": ("X-Timestamp", "毫秒时间戳，容差 300 秒"),
    "Nonce": ("X-Nonce", "随机串，至少 16 字符，不得重放"), "SignAlg": ("X-Sign-Alg", "HMAC-SM3"),
    "Signature": ("X-Signature", "小写十六进制签名，写法见平台“开发者”页"),
}


def document(contract: Contract, facts: Facts, doors: Doors) -> Json:
    """The document; without any interface it has no paths and says so."""
    paths: Json = {}
    if doors.slug:
        paths[f"/api/v1/datasets/{doors.slug}/rows"] = {"get": _rows(contract)}
    if doors.has_lookup and contract.key:
        paths[f"/gateway/{contract.table}/lookup"] = {"get": _lookup(contract)}
    told = facts.abstract or contract.title
    if not paths:
        told += "\n\n这个资源现在没有接口：没有开放数据集，也没有提供查询接口；下面只有记录的结构。"
    made: Json = {
        "openapi": "3.1.0",
        "info": {"title": contract.title or contract.table, "version": str(contract.version), "description": told},
        "paths": paths,
        "components": {"schemas": {"Record": record_schema(contract), "Fault": _FAULT}},
        "x-resource": contract.code,
    }
    if doors.server:
        made["servers"] = [{"url": doors.server}]
    if doors.has_lookup and contract.key:
        made["components"]["securitySchemes"] = {
            name: {"type": "apiKey", "in": "header", "name": header, "description": text} for name, (header, text) in _SIGNED.items()
        }
    return made


def record_schema(contract: Contract) -> Json:
    """JSON Schema of one record as the interfaces give it: what is masked or not granted is null or hidden, so nothing is required."""
    bounds = bounds_of(contract)
    made: Json = {
        "type": "object", "title": contract.title,
        "properties": {item.field: _property(item, bounds.get(item.field, NONE)) for item in contract.items},
    }
    example = _example(contract)
    return made | ({"examples": [example]} if example else {})


def _property(item: ItemSpec, bounds: Bounds) -> Json:
    told = "；".join(one for one in (*sentences_of(item, bounds), protection_of(item), item.description) if one)
    made: Json = {"title": item.name, "description": told, **_shape(item)}
    if item.mask:
        made["description"] += "；按授权可能脱敏显示，此时为带 * 的文字"
        return {"title": item.name, "description": made["description"], "type": ["string", "null"], "x-mask": item.mask}
    if isinstance(bounds.least, int | float | Decimal):
        made["exclusiveMinimum" if bounds.is_above else "minimum"] = _number(bounds.least)
    if isinstance(bounds.most, int | float | Decimal):
        made["exclusiveMaximum" if bounds.is_below else "maximum"] = _number(bounds.most)
    made["type"] = [made["type"], "null"]
    return made


def _shape(item: ItemSpec) -> Json:
    match item.type:
        case ItemType.INTEGER:
            return {"type": "integer"}
        case ItemType.NUMBER | ItemType.MONEY | ItemType.DOUBLE | ItemType.FLOAT:
            return {"type": "number"}
        case ItemType.BOOLEAN:
            return {"type": "boolean"}
        case ItemType.DATE:
            return {"type": "string", "format": "date"}
        case ItemType.DATETIME:
            return {"type": "string", "format": "date-time"}
        case _:
            return _text_shape(item)


def _text_shape(item: ItemSpec) -> Json:
    made: Json = {"type": "string"}
    if item.length:
        made["maxLength"] = item.length
    if item.sensitive in _PATTERNS and item.length in (11, 18):
        made["pattern"] = _PATTERNS[item.sensitive]
    choices = choices_of(item)
    if choices and len(choices) <= MANY:
        made["enum"] = [*choices, None]
    return made | ({"x-code-set": item.code_set} if item.code_set else {})


def _example(contract: Contract) -> Json:
    try:
        made = rows(contract, 1)
    except NoSample:
        return {}
    return {item.field: "***" if item.mask else _json(made[0][item.field]) for item in contract.items} if made else {}


def _json(value: Value) -> object:
    if isinstance(value, datetime):
        return value.astimezone(CHINA).isoformat()
    return _number(value) if isinstance(value, Decimal) else value if isinstance(value, int | float | str) else text_of(value) or None


def _number(value: float | Decimal) -> int | float:
    return (int(value) if value == value.to_integral_value() else float(value)) if isinstance(value, Decimal) else value


def _rows(contract: Contract) -> Json:
    record = {"$ref": "#/components/schemas/Record"}
    page = _object(
        data={"type": "array", "items": record}, links=_object(next={"type": ["string", "null"]}),
        meta=_object(page_size={"type": "integer"}, total={"type": "integer"}),
    )
    exact = [_query(f"{item.field}__exact", _text_shape(item) if item.type is ItemType.TEXT else _shape(item), f"{item.name} 等于")
             for item in contract.items[:50] if not item.mask]
    return {
        "operationId": "list_rows", "summary": f"{contract.title}：数据行",
        "description": "列条件写成 列名__运算符=值；运算符 exact differs contains in less greater isnull 等，另有 __sort、columns、after。",
        "parameters": [_query("page_size", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 20}, "每页条数"),
                       _query("after", _TEXT, "翻页标记，只取自上一页的 links.next"),
                       _query("columns", _TEXT, "只要这些列，逗号分隔"), *exact],
        "responses": _answers(page),
    }


def _lookup(contract: Contract) -> Json:
    answer = _object(code=_TEXT, message=_TEXT, trace_id=_TEXT,
                     data={"oneOf": [{"$ref": "#/components/schemas/Record"}, {"type": "null"}]})
    keys = [{**_query(item.field, _shape(item), item.name), "required": True} for item in contract.items if item.is_key]
    return {
        "operationId": "lookup", "summary": f"{contract.title}：按主键查询一条",
        "description": "部门间签名调用；按授权给出列，脱敏的列带 *。没有符合条件的数据时 code 为 204，data 为 null。",
        "security": [{name: [] for name in _SIGNED}], "parameters": [*keys, _query("columns", _TEXT, "只要这些列，逗号分隔")],
        "responses": _answers(answer, 401, 403),
    }


def _answers(ok: Json, *more: int) -> Json:
    fault = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
    told = {str(status): {"description": "拒绝，message 说明原因与改法", "content": fault} for status in (400, *more, 404)}
    return {"200": {"description": "成功", "content": {"application/json": {"schema": ok}}}, **told}


def _query(name: str, shape: Json, text: str) -> Json:
    schema = {key: value for key, value in shape.items() if key != "enum"} | (
        {"enum": [one for one in shape["enum"] if one is not None]} if "enum" in shape else {}
    )
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def _object(**properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}
