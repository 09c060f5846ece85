"""OpenAPI 3.1 of exactly one resource's interfaces: its rows when it is open, its look-up when it has one, with the contract's types."""

from datetime import datetime
from decimal import Decimal

from suixin.data.catalog.bounds import NONE, Bounds, bounds_of
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.errors import NoSample
from suixin.data.catalog.generators import gateway_of
from suixin.data.catalog.generators.facts import Doors, Facts
from suixin.data.catalog.generators.interface_shapes import (
    FAULT,
    SIGNED,
    TEXT,
    Json,
    answers,
    object_of,
    query,
    shape_of,
    text_shape,
)
from suixin.data.catalog.generators.sample_rows import Value, rows, text_of
from suixin.data.catalog.generators.sentences import protection_of, sentences_of
from suixin.kit.clock import CHINA


def document(contract: Contract, facts: Facts, doors: Doors) -> Json:
    """The document; without any interface it has no paths and says so."""
    paths: Json = {}
    if doors.slug:
        paths[f"/api/v1/datasets/{doors.slug}/rows"] = {"get": _rows(contract)}
    if doors.has_lookup and contract.key:
        paths |= gateway_of.paths(contract)
    told = facts.abstract or contract.title
    if not paths:
        told += "\n\n这个资源现在没有接口：没有开放数据集，也没有提供查询接口；下面只有记录的结构。"
    made: Json = {
        "openapi": "3.1.0",
        "info": {"title": contract.title or contract.table, "version": str(contract.version), "description": told},
        "paths": paths,
        "components": {"schemas": {"Record": record_schema(contract), "Fault": FAULT}},
        "x-resource": contract.code,
    }
    if doors.server:
        made["servers"] = [{"url": doors.server}]
    if doors.has_lookup and contract.key:
        made["components"]["securitySchemes"] = {
            name: {"type": "apiKey", "in": "header", "name": header, "description": text} for name, (header, text) in SIGNED.items()
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
    made: Json = {"title": item.name, "description": told, **shape_of(item)}
    if item.mask:
        made["description"] += "；按授权可能脱敏显示，此时为带 * 的文字"
        return {"title": item.name, "description": made["description"], "type": ["string", "null"], "x-mask": item.mask}
    if isinstance(bounds.least, int | float | Decimal):
        made["exclusiveMinimum" if bounds.is_above else "minimum"] = _number(bounds.least)
    if isinstance(bounds.most, int | float | Decimal):
        made["exclusiveMaximum" if bounds.is_below else "maximum"] = _number(bounds.most)
    made["type"] = [made["type"], "null"]
    return made


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
    page = object_of(
        data={"type": "array", "items": record}, links=object_of(next={"type": ["string", "null"]}),
        meta=object_of(page_size={"type": "integer"}, total={"type": "integer"}),
    )
    exact = [query(f"{item.field}__exact", text_shape(item) if item.type is ItemType.TEXT else shape_of(item), f"{item.name} 等于")
             for item in contract.items[:50] if not item.mask]
    return {
        "operationId": "list_rows", "summary": f"{contract.title}：数据行",
        "description": "列条件写成 列名__运算符=值；运算符 exact differs contains in less greater isnull 等，另有 __sort、columns、after。",
        "parameters": [query("page_size", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 20}, "每页条数"),
                       query("after", TEXT, "翻页标记，只取自上一页的 links.next"),
                       query("columns", TEXT, "只要这些列，逗号分隔"), *exact],
        "responses": answers(page),
    }
