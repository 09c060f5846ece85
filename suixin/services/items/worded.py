"""Elements as people read them: codes by their words, yes and no, limits with their unit, rows of tables in one line."""

from collections.abc import Mapping

from suixin.services.items.elements import ELEMENTS, UNITS, Content, Element, Kind
from suixin.services.items.stated import number_of, rows_of, text_of
from suixin.services.items.tables import TABLES


def shown(key: str, value: object) -> str:
    """The value of an element or table as text; empty when nothing is stated."""
    if value is None:
        return ""
    if key in TABLES and isinstance(value, list):
        columns = {one.key: one for one in TABLES[key].columns}
        return "\n".join(
            "；".join(
                f"{columns[name].title}：{text}" for name, part in row.items()
                if name in columns and (text := shown_value(columns[name], part))
            ) for row in value if isinstance(row, Mapping)
        )
    element = ELEMENTS.get(key)
    return shown_value(element, value) if element else str(value)


def shown_value(element: Element, value: object) -> str:
    """A value of that element as text."""
    match element.kind:
        case Kind.FLAG:
            return "是" if value is True else "否" if value is False else ""
        case Kind.CHOICE:
            return element.choices.get(str(value), str(value or ""))
        case Kind.FILE:
            return "已上传" if value else ""
        case Kind.CHOICES:
            return "、".join(element.choices.get(str(one), str(one)) for one in value) if isinstance(value, list) else str(value)
    return "" if value is None else str(value)


def english_of(content: Mapping[str, object]) -> dict[str, str]:
    """The English beside Chinese texts of an item, as its list 英文对照 says."""
    return {text_of(row, "english_of"): text_of(row, "english_text") for row in rows_of(content, "english")}


def limit(content: Content | Mapping[str, object], which: str) -> str:
    """A limit as people read it: 即办, 5 个工作日; `which` is anticipate or promise."""
    amount, unit = number_of(content, f"{which}_day"), text_of(content, f"{which}_type")
    return "" if amount is None else amount_text(amount, unit)


def amount_text(amount: int, unit: str) -> str:
    """So many days or hours, as people say it."""
    if amount == 0:
        return "即办"
    word = UNITS.get(unit, "工作日")
    return f"{amount} {word}" if word == "年" else f"{amount} 个{word}"
