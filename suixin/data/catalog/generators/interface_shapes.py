"""Parts that descriptions of a resource's interfaces share: JSON Schemas of items, parameters, answers."""

from typing import Any  # Any: parts of an OpenAPI document are JSON

from suixin.data.catalog.coding import choices_of
from suixin.data.catalog.contract import ItemSpec, ItemType

Json = dict[str, Any]
MANY = 200
TEXT: Json = {"type": "string"}
FAULT: Json = {"type": "object", "required": ["code", "message"], "properties": {"code": TEXT, "message": TEXT, "trace_id": TEXT}}
_PATTERNS = {
    "resident_id": "^[0-9]{17}[0-9Xx]$", "uscc": "^[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}$", "mobile": "^1[3-9][0-9]{9}$",
}
SIGNED = {
    "AppId": ("X-App-Id", "应用标识"), "Timestamp": ("X-Timestamp", "毫秒时间戳，容差 300 秒"),
    "Nonce": ("X-Nonce", "随机串，至少 16 字符，不得重放"), "SignAlg": ("X-Sign-Alg", "HMAC-SM3"),
    "Signature": ("X-Signature", "小写十六进制签名，写法见平台“开发者”页"),
}


def shape_of(item: ItemSpec) -> Json:
    """JSON Schema of a value of the item."""
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
            return text_shape(item)


def text_shape(item: ItemSpec) -> Json:
    """The same of a text."""
    made: Json = {"type": "string"}
    if item.length:
        made["maxLength"] = item.length
    if item.sensitive in _PATTERNS and item.length in (11, 18):
        made["pattern"] = _PATTERNS[item.sensitive]
    choices = choices_of(item)
    if choices and len(choices) <= MANY:
        made["enum"] = [*choices, None]
    return made | ({"x-code-set": item.code_set} if item.code_set else {})


def answers(ok: Json, *more: int) -> Json:
    """Responses: that one, and refusals."""
    fault = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
    told = {str(status): {"description": "拒绝，message 说明原因与改法", "content": fault} for status in (400, *more, 404)}
    return {"200": {"description": "成功", "content": {"application/json": {"schema": ok}}}, **told}


def query(name: str, shape: Json, text: str) -> Json:
    """A parameter of the query."""
    schema = {key: value for key, value in shape.items() if key != "enum"} | (
        {"enum": [one for one in shape["enum"] if one is not None]} if "enum" in shape else {}
    )
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def object_of(**properties: Json) -> Json:
    """An object of which nothing is left out."""
    return {"type": "object", "required": list(properties), "properties": properties}
