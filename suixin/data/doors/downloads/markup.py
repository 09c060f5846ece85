"""XML made by SQL: one element per row, escaped, without characters that XML forbids."""

import re

from suixin.data.access.plans import Column, Plan
from suixin.data.access.sqltext import identifier, literal, value_text
from suixin.data.access.values import TEXTUAL
from suixin.data.catalog.contract import ItemType

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_FORBIDDEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"


def escaped(expression: str) -> str:
    """SQL of text as XML character data."""
    safe = f"regexp_replace({expression}, {literal(_FORBIDDEN)}, '', 'g')"
    return f"replace(replace(replace({safe}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"


def shown_text(column: Column) -> str:
    """SQL of the column's value as text, null where there is none."""
    name = identifier(column.field)
    if column.type in TEXTUAL:
        return escaped(name)
    if column.type in (ItemType.DOUBLE, ItemType.FLOAT):
        return f"CASE WHEN isfinite({name}) THEN CAST({name} AS VARCHAR) END"
    return value_text(name, column.item)


def xml_select(plan: Plan, relation: str) -> str:
    """SELECT of the lines of the document; a null value is an absent element."""
    cells = " || ".join(_element(column) for column in plan.columns)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<rows table="{plan.table}">'
    return (
        f"SELECT {literal(head)} AS line UNION ALL "
        f"SELECT '<row>' || {cells} || '</row>' FROM ({relation}) UNION ALL SELECT '</rows>'"
    )


def _element(column: Column) -> str:
    if _NAME.fullmatch(column.field) and not column.field.lower().startswith("xml"):
        opening, closing = f"<{column.field}>", f"</{column.field}>"
    else:
        name = column.field.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        opening, closing = f'<item name="{name}">', "</item>"
    return f"coalesce({literal(opening)} || {shown_text(column)} || {literal(closing)}, '')"
