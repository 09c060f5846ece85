"""The one place where names and paths become SQL text; values are always bound."""

from suixin.data.catalog.contract import ItemSpec, ItemType


def identifier(name: str) -> str:
    """`name` as a quoted DuckDB identifier. Raises ValueError on a zero byte."""
    if "\0" in name:
        raise ValueError("an identifier cannot hold a zero byte")
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as a DuckDB string literal."""
    if "\0" in text:
        raise ValueError("a literal cannot hold a zero byte")
    return "'" + text.replace("'", "''") + "'"


def column_type(item: ItemSpec) -> str:
    """The DuckDB type of the item's column."""
    match item.type:
        case ItemType.TEXT | ItemType.MEMO | ItemType.GEOMETRY:
            return "VARCHAR"
        case ItemType.NUMBER | ItemType.MONEY:
            return str(item.arrow_type).replace("decimal128", "DECIMAL")
        case ItemType.DATE:
            return "DATE"
        case ItemType.DATETIME:
            return "TIMESTAMP WITH TIME ZONE"
        case ItemType.BOOLEAN:
            return "BOOLEAN"
        case ItemType.INTEGER:
            return "BIGINT"
        case ItemType.DOUBLE | ItemType.FLOAT:
            return "DOUBLE"


def time_text(expression: str) -> str:
    """SQL of a timestamp as ISO 8601 at +08:00, the fraction only when there is one (as Python writes it)."""
    local = f"((({expression}) AT TIME ZONE 'UTC') + INTERVAL 8 HOUR)"
    fraction = f"CASE WHEN microsecond({local}) % 1000000 = 0 THEN '' ELSE strftime({local}, '.%f') END"
    return f"(strftime({local}, '%Y-%m-%dT%H:%M:%S') || {fraction} || '+08:00')"


def value_text(expression: str, item: ItemSpec) -> str:
    """SQL of any value as the text that a mask works on; `values.text_of` is its twin."""
    match item.type:
        case ItemType.TEXT | ItemType.MEMO | ItemType.GEOMETRY:
            return expression
        case ItemType.DATETIME:
            return time_text(expression)
        case _:
            return f"CAST({expression} AS VARCHAR)"
