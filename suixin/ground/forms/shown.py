"""Answers as people read them: label and text of every visible field, in order; sensitive ones masked unless asked for."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from suixin.ground.files.models import Attachment
from suixin.ground.files.queries import named
from suixin.ground.forms.answers import holds, record_of
from suixin.ground.forms.choices import label_of
from suixin.ground.forms.declaration import Field, FieldType, Form, Group
from suixin.ground.security.masks import MASKS


@dataclass(frozen=True, slots=True)
class Line:
    """One answer. `text` is "" when nothing was answered."""

    label: str
    text: str
    files: tuple[Attachment, ...] = ()
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One page of answers: its title, number, and blocks of lines, each under its heading ("" for none)."""

    title: str
    page: int
    blocks: tuple[tuple[str, tuple[Line, ...]], ...]


def parts(form: Form, values: Mapping[str, object], *, is_masked: bool = True) -> list[Part]:
    """All visible pages with their answers."""
    record = record_of(form, values)
    ids = [str(one) for _, field in form.fields() if field.type is FieldType.FILE for one in _list(values.get(field.name))]
    held = named(ids)
    found = []
    for number, page in enumerate(form.pages):
        if holds(page.when, record):
            groups = [group for group in page.groups if holds(group.when, record)]
            blocks = [block for group in groups for block in _blocks(group, values, record, held, is_masked=is_masked)]
            found.append(Part(page.title, number, tuple(blocks)))
    return found


def lines(form: Form, values: Mapping[str, object], names: Collection[str]) -> list[Line]:
    """The visible answers of the single fields of these names, sensitive ones masked."""
    record = record_of(form, values)
    groups = [one for page in form.pages if holds(page.when, record) for one in page.groups]
    shown = [one for one in groups if one.repeat is None and holds(one.when, record)]
    return [
        _line(field, values.get(field.name), {}, is_masked=True) for group in shown for field in group.fields
        if field.name in names and field.has_value and holds(field.when, record)
    ]


def _blocks(
    group: Group, values: Mapping[str, object], record: Mapping[str, object], held: Mapping[str, Attachment], *, is_masked: bool,
) -> Iterator[tuple[str, tuple[Line, ...]]]:
    if group.repeat is None:
        yield group.title, _lines(group, values, record, held, is_masked=is_masked)
        return
    rows = [row for row in _list(values.get(group.id)) if isinstance(row, Mapping)]
    for place, row in enumerate(rows, 1):
        yield f"{group.repeat.row} {place}", _lines(group, row, {**record, **row}, held, is_masked=is_masked)
    if not rows:
        yield group.title or group.repeat.row, ()


def _lines(
    group: Group, values: Mapping[str, object], record: Mapping[str, object], held: Mapping[str, Attachment], *, is_masked: bool,
) -> tuple[Line, ...]:
    return tuple(
        _line(field, values.get(field.name), held, is_masked=is_masked) for field in group.fields
        if field.has_value and holds(field.when, record)
    )


def _line(field: Field, value: object, held: Mapping[str, Attachment], *, is_masked: bool) -> Line:
    if field.type is FieldType.FILE:
        files = tuple(held[str(one)] for one in _list(value) if str(one) in held)
        return Line(field.label, "、".join(one.name for one in files), files)
    text = text_of(field, value)
    if is_masked and field.is_sensitive and text:
        return Line(field.label, MASKS[field.mask].apply(text) or "***", is_masked=True)
    return Line(field.label, text)


def text_of(field: Field, value: object) -> str:
    """A value as text for people; "" for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(label_of(field, str(one)) for one in value)
    if field.type in (FieldType.CHOICE, FieldType.DIVISION):
        return label_of(field, str(value))
    if field.type is FieldType.DATE_TIME:
        try:
            return f"{datetime.fromisoformat(str(value)):%Y-%m-%d %H:%M}"
        except ValueError:
            return str(value)
    return str(value)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
