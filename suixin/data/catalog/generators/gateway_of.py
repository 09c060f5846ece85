"""OpenAPI of one resource at the gateway: lookup, verification, rows and statistics, typed by its items; docs/gateway.md in schemas."""

from collections.abc import Sequence

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.generators.interface_shapes import SIGNED, TEXT, Json, answers, object_of, query, shape_of

_RECORD: Json = {"$ref": "#/components/schemas/Record"}
_SIGNS: list[dict[str, list[str]]] = [{name: [] for name in SIGNED}]
_NUMERIC = (ItemType.NUMBER, ItemType.MONEY, ItemType.INTEGER, ItemType.DOUBLE, ItemType.FLOAT)
_MOST = 50  # items of which each parameter is written out


def paths(contract: Contract) -> Json:
    """The gateway's addresses of the resource."""
    keys = [item for item in contract.items if item.is_key]
    others = [item for item in contract.items if not item.is_key][:_MOST]
    place = f"/gateway/{contract.table}"
    return {
        f"{place}/lookup": {"get": _lookup(contract, keys), "post": _lookup_many(contract, keys)},
        f"{place}/verify": {"get": _verify(contract, keys, others), "post": _verify_many(contract, keys, others)},
        f"{place}/rows": {"get": _rows(contract)},
        f"{place}/aggregate": {"get": _aggregate(contract)},
    }


def _lookup(contract: Contract, keys: Sequence[ItemSpec]) -> Json:
    told = "部门间签名调用；按授权给出列，脱敏的列带 *。没有符合条件的数据时 code 为 204，data 为 null。"
    parameters = [*_required(keys), query("columns", TEXT, "只要这些列，逗号分隔")]
    answer: Json = {"oneOf": [_RECORD, {"type": "null"}]}
    return _operation("lookup", f"{contract.title}：按主键查询一条", told, answer) | {"parameters": parameters}


def _lookup_many(contract: Contract, keys: Sequence[ItemSpec]) -> Json:
    body = _only({"columns": {"type": "array", "items": TEXT}, "keys": _many(_one_of(keys), 10_000)}, ["keys"])
    told = "按给出的次序逐键回答，每项有自己的 code：200、204 或 api-400。"
    return _operation("lookup_many", f"{contract.title}：按主键批量查询", told, _results(_RECORD)) | {"requestBody": body}


def _verify(contract: Contract, keys: Sequence[ItemSpec], others: Sequence[ItemSpec]) -> Json:
    claims = [query(item.field, _claim(item), f"声称的{item.name}") for item in others]
    told = "逐项回答 一致、不一致 或 查无，不给出数据；除主键外至少给一项。"
    return _operation("verify", f"{contract.title}：核验", told, _verdicts(others)) | {"parameters": [*_required(keys), *claims]}


def _verify_many(contract: Contract, keys: Sequence[ItemSpec], others: Sequence[ItemSpec]) -> Json:
    items: Json = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": [item.field for item in others]}}
    row: Json = {"type": "object", "properties": {item.field: _claim(item) for item in (*keys, *others)},
                 "required": [item.field for item in keys], "additionalProperties": False}
    body = _only({"items": items, "rows": _many(row, 100_000)}, ["items", "rows"])
    told = "按给出的次序逐行回答；每行给出主键与 items 各项的声称值。"
    return _operation("verify_many", f"{contract.title}：批量核验", told, _results(_verdicts(others))) | {"requestBody": body}


def _rows(contract: Contract) -> Json:
    shown = [item for item in contract.items[:_MOST] if not item.mask and not item.is_sealed]
    exact = [query(f"{item.field}__exact", _claim(item), f"{item.name} 等于") for item in shown]
    paging = [query("page_size", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 20}, "每页条数"),
              query("after", TEXT, "翻页标记，取自 meta.after"), query("columns", TEXT, "只要这些列，逗号分隔")]
    told = "列条件写成 列名__运算符=值；也可 POST 同名成员的 JSON。下一页用 after=meta.after。"
    answer: Json = {"type": "array", "items": _RECORD}
    return _operation("ask_rows", f"{contract.title}：按条件取行", told, answer) | {"parameters": [*paging, *exact]}


def _aggregate(contract: Contract) -> Json:
    shown = [item for item in contract.items[:_MOST] if not item.is_sealed]
    groups = [query(f"{item.field}__groupby", {"type": "string", "maxLength": 0}, f"按{item.name}分组") for item in shown]
    computed = [
        query(f"{item.field}__{name}", {"type": "string", "maxLength": 0}, f"{item.name}的{title}")
        for item in shown for name, title, needs_number in (
            ("count", "个数", False), ("sum", "合计", True), ("avg", "平均", True), ("min", "最小", False), ("max", "最大", False),
        ) if item.type in _NUMERIC or not needs_number
    ]
    told = "至少一个汇总；不分组时回答一行。行数太少的组不给出，meta.withheld 是没有给出的组数。"
    answer: Json = {"type": "array", "items": {"type": "object"}}
    return _operation("aggregate", f"{contract.title}：分组统计", told, answer) | {"parameters": [*groups, *computed]}


def _operation(name: str, summary: str, told: str, data: Json) -> Json:
    answer = object_of(code=TEXT, message=TEXT, trace_id=TEXT, data=data)
    refused = answers(answer, 401, 403, 409, 413)
    return {"operationId": name, "summary": summary, "description": told, "security": _SIGNS, "responses": refused}


def _required(keys: Sequence[ItemSpec]) -> list[Json]:
    return [{**query(item.field, _claim(item), item.name), "required": True} for item in keys]


def _claim(item: ItemSpec) -> Json:
    made = shape_of(item)
    return made | ({"enum": [one for one in made["enum"] if one is not None]} if "enum" in made else {})


def _one_of(keys: Sequence[ItemSpec]) -> Json:
    named: Json = {"type": "object", "properties": {item.field: _claim(item) for item in keys},
                   "required": [item.field for item in keys], "additionalProperties": False}
    return {"anyOf": [_claim(keys[0]), named]} if len(keys) == 1 else named


def _many(row: Json, most: int) -> Json:
    return {"type": "array", "items": row, "minItems": 1, "maxItems": most}


def _only(properties: Json, required: list[str]) -> Json:
    schema: Json = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _results(data: Json) -> Json:
    return {"type": "array", "items": {"type": "object", "required": ["code", "data"], "properties": {
        "code": TEXT, "message": TEXT, "data": {"oneOf": [data, {"type": "null"}]},
    }}}


def _verdicts(others: Sequence[ItemSpec]) -> Json:
    verdict: Json = {"type": "string", "enum": ["一致", "不一致", "查无"]}
    return {"type": "object", "properties": {item.field: verdict for item in others}}
