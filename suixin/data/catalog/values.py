"""Whether stated values fit their columns: what a form, a sheet or another system's file says is judged before it is kept.

Judges   texts by length and without control characters, choices by their values, whole numbers by their range, lists of
         words; by the columns of the tables, so that both databases refuse the same, with a sentence
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from django.db.models import (
    BooleanField,
    CharField,
    Field,
    JSONField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    TextField,
)

from suixin.data.catalog.contract import ItemSpec
from suixin.data.catalog.models import Item, Resource

MAX_LENGTH, MAX_SCALE, MAX_WORDS, MAX_WORD, MAX_ABSTRACT = 99_999_999, 38, 50, 128, 1000
SHOWN = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LISTS = frozenset({"keywords", "related_codes"})
_JUDGED_ELSEWHERE = frozenset({"source_department", "extension"})  # looked up, declared by profile
# what has no choices in its column, since a home may hold older words
FORMATS, METHODS = frozenset("1234567"), frozenset({"interface", "database", "file", "medium", ""})


def faults_of(stated: Mapping[str, object], items: Iterable[ItemSpec]) -> list[str]:
    """Sentences on every value that would not fit; empty when all do."""
    found = [sentence for name, value in stated.items() if name not in _JUDGED_ELSEWHERE for sentence in _of_entry(name, value)]
    for item in items:
        found += _of_item(item)
    return found


def _of_entry(name: str, value: object) -> Iterator[str]:
    column = Resource._meta.get_field(name)
    label = str(column.verbose_name) if isinstance(column, Field) else name
    if name in _LISTS:
        if not isinstance(value, list | tuple) or len(value) > MAX_WORDS or not all(_is_word(one) for one in value):
            yield f"“{label}”应为不超过 {MAX_WORDS} 个词，每个不超过 {MAX_WORD} 个字"
    elif name == "format_category":
        if value not in FORMATS:
            yield f"“{label}”没有“{_short(value)}”这个值；可选 1 至 7"
    elif name == "share_method":
        if value not in METHODS:
            yield f"“{label}”没有“{_short(value)}”这个值；可选 {'、'.join(sorted(METHODS - {''}))}"
    elif isinstance(column, Field):
        yield from _of_column(column, value, label)


def _of_item(item: ItemSpec) -> Iterator[str]:
    for name, value in Item.columns_of(item).items():
        column = Item._meta.get_field(name)
        if name in ("source_names", "type", "level") or not isinstance(column, Field):
            continue
        label = f"信息项“{_short(item.name)}”的{column.verbose_name}"
        if name in ("length", "scale"):
            most = MAX_LENGTH if name == "length" else MAX_SCALE
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most):
                yield f"{label}应为 0 到 {most} 的整数，现为“{_short(value)}”"
            continue
        yield from _of_column(column, value, label)


def _of_column(column: "Field[object, object]", value: object, label: str) -> Iterator[str]:
    match column:
        case BooleanField():
            if not isinstance(value, bool):
                yield f"{label}应为是或否，现为“{_short(value)}”"
        case JSONField() | PositiveIntegerField() | PositiveSmallIntegerField():
            return
        case CharField() | TextField():
            yield from _of_text(column, value, label)


def _of_text(column: "CharField[object, object] | TextField[object, object]", value: object, label: str) -> Iterator[str]:
    most = column.max_length or MAX_ABSTRACT
    if not isinstance(value, str):
        yield f"{label}应为文字，现为“{_short(value)}”"
    elif _CONTROL.search(value):
        yield f"{label}含有看不见的控制字符；请删去后重新填写"
    elif len(value) > most:
        yield f"{label}不超过 {most} 个字，现有 {len(value)} 个"
    elif column.choices and value and value not in dict(column.flatchoices):
        yield f"{label}没有“{_short(value)}”这个值；可选 {'、'.join(map(str, dict(column.flatchoices).values()))}"
    elif column.choices and not value and not column.blank:
        yield f"{label}必须填写"


def _is_word(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_WORD and not _CONTROL.search(value)


def _short(value: object) -> str:
    return _CONTROL.sub("", str(value))[:SHOWN]
