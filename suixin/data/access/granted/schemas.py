"""The columns of a plan as Delta describes them: Spark's struct in JSON."""

import orjson

from suixin.data.access.plans import Column, Plan
from suixin.data.catalog.contract import ItemType

_TYPES = {
    ItemType.TEXT: "string", ItemType.MEMO: "string", ItemType.GEOMETRY: "string", ItemType.DATE: "date",
    ItemType.DATETIME: "timestamp", ItemType.BOOLEAN: "boolean", ItemType.INTEGER: "long", ItemType.DOUBLE: "double",
    ItemType.FLOAT: "double",
}


def schema_string(plan: Plan) -> str:
    """The shown columns; a masked one is text; the Chinese name stands as its comment."""
    fields = [
        {"name": column.field, "type": _type(column), "nullable": True, "metadata": {"comment": column.name}} for column in plan.columns
    ]
    return orjson.dumps({"type": "struct", "fields": fields}).decode()


def _type(column: Column) -> str:
    if column.type in (ItemType.NUMBER, ItemType.MONEY):
        return str(column.item.arrow_type).replace("decimal128", "decimal").replace(" ", "")
    return _TYPES[column.type]
