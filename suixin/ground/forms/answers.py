"""What was posted, judged against the form: values, faults that say which field and what to do. Never raises.

Values   plain JSON by field name; a repeated group is a list of rows; a file field is a list of attachment ids.
         Only what is visible has a value: what a `when` hides is dropped
Page     with `page` only that page is read from the post, the rest is what the draft already holds (`known`)
Shown    the page tells in `_shown` which fields it showed: what an answer just made visible is asked for before going on
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from suixin.ground.files.limits import Upload, refusal_of
from suixin.ground.forms import posting
from suixin.ground.forms.declaration import Condition, Field, FieldType, Form, Group, Page
from suixin.ground.forms.values import Refused, Value, value_of

Row = dict[str, Value]
Values = dict[str, "Value | list[Row]"]
MAX_FAULTS = 100


class Posted(Protocol):
    """A QueryDict, or anything like it."""

    def keys(self) -> Collection[str]:
        """Names that were posted."""

    def getlist(self, key: str, /) -> object:
        """The list of everything posted under a name."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place: `key` is the posted name ("" for the whole form), `page` the number of its page."""

    key: str
    label: str
    sentence: str
    page: int = 0
    is_missing: bool = False  # nothing was answered yet, so that a draft may still be saved

    def __str__(self) -> str:
        return f"{self.label}：{self.sentence}。" if self.label else f"{self.sentence}。"


@dataclass(frozen=True, slots=True)
class Checked:
    """The result. `step` is the first page with a fault, else the next visible one (the number of pages: none is left)."""

    values: Values
    faults: tuple[Fault, ...]
    step: int
    uploads: Mapping[str, Sequence[Upload]] = field(default_factory=dict)
    revealed: tuple[str, ...] = ()


def check(
    form: Form, posted: Posted, files: Posted | None = None, *, page: int | None = None, known: Mapping[str, object] | None = None,
) -> Checked:
    """The posted answers of one page, or of the whole form, as values and faults."""
    work = _Work(form, known or {}, page)
    refusal = posting.refusal(form, posted, files, page=page)
    if refusal:
        return Checked(dict(work.known), (Fault("", "", refusal, page or 0),), page or 0)
    work.posted, work.files = posted, files
    return work.result()


def check_values(form: Form, values: Mapping[str, object]) -> Checked:
    """Values kept in a draft, judged again as a whole: the form may have changed, and a page may have been left out."""
    return check(form, posting.AsPosted(form, values), None, known=values)


def visible_pages(form: Form, values: Mapping[str, object]) -> list[int]:
    """Numbers of the pages that these values show, in order."""
    return [number for number, page in enumerate(form.pages) if holds(page.when, record_of(form, values))]


def holds(condition: Condition | None, record: Mapping[str, object]) -> bool:
    """Whether a condition is true of a record; unknown is false, no condition is true."""
    return condition is None or condition.expression.evaluate(record) is True


def record_of(form: Form, values: Mapping[str, object]) -> dict[str, object]:
    """Values of single fields as expressions read them; several choices are joined by commas."""
    single = {one.name for group, one in form.fields() if one.letter and not group.repeat}
    return {name: ",".join(map(str, value)) if isinstance(value, list) else value for name, value in values.items() if name in single}


class _Work:
    """One judgement: walks the form in order, so that each condition sees the answers before it."""

    def __init__(self, form: Form, known: Mapping[str, object], page: int | None) -> None:
        self.form, self.page = form, page
        self.known: Values = posting.fitting(form, known)
        self.posted: Posted = posting.NOTHING
        self.files: Posted | None = None
        self.values: Values = {}
        self.record: dict[str, object] = {}
        self.faults: list[Fault] = []
        self.uploads: dict[str, Sequence[Upload]] = {}
        self.revealed: list[str] = []

    def result(self) -> Checked:
        """Everything judged."""
        shown = None if self.page is None else posting.shown(self.posted)
        for number, page in enumerate(self.form.pages):
            if not holds(page.when, self.record):
                continue
            is_read = self.page is None or self.page == number
            for group in page.groups:
                if holds(group.when, self.record):
                    self._group(group, number, is_read=is_read, shown=shown)
        if self.page is None or not self.faults:
            self._checks()
        return Checked(self.values, tuple(self.faults[:MAX_FAULTS]), self._step(), self.uploads, tuple(self.revealed))

    def _group(self, group: Group, number: int, *, is_read: bool, shown: frozenset[str] | None) -> None:
        if group.repeat:
            rows = self._rows(group, number, shown) if is_read else self.known.get(group.id)
            if isinstance(rows, list) and rows:
                self.values[group.id] = rows
            return
        for one in group.fields:
            if not one.has_value or not holds(one.when, self.record):
                continue
            value = self._read(one, one.name, number, shown) if is_read else self.known.get(one.name)
            self._take(one, value)

    def _take(self, one: Field, value: object) -> None:
        if value is not None:
            self.values[one.name] = value  # type: ignore[assignment]  # read by value_of, or fitting as kept
            self.record |= record_of(self.form, {one.name: value})

    def _rows(self, group: Group, number: int, shown: frozenset[str] | None) -> list[Row]:
        repeat = group.repeat
        assert repeat is not None  # noqa: S101  the caller asked
        places, rows = posting.rows_of(self.posted, group.id), []
        for place in places:
            row: Row = {}
            before = len(self.faults)
            for one in group.fields:
                if one.has_value and holds(one.when, {**self.record, **row}):
                    value = self._read(one, f"{group.id}.{place}.{one.name}", number, shown)
                    if value is not None:
                        row[one.name] = value
            if row or len(places) <= repeat.least:
                rows.append(row)
            else:
                del self.faults[before:]  # a row left empty counts as none
        if not repeat.least <= len(rows) <= repeat.most:
            told = f"至少 {repeat.least} 项" if len(rows) < repeat.least else f"最多 {repeat.most} 项"
            self._fault(group.id, group.title or repeat.row, f"{repeat.row}有 {len(rows)} 项，{told}", number)
        return rows

    def _read(self, one: Field, key: str, number: int, shown: frozenset[str] | None) -> Value:
        if shown is not None and key not in shown:
            self.revealed.append(key)
            return None
        if one.type is FieldType.FILE:
            return self._files(one, key, number)
        try:
            value = value_of(one, posting.texts(self.posted, key))
        except Refused as refused:
            self._fault(key, one.label, str(refused), number)
            return None
        if value is None and one.is_required:
            self._fault(key, one.label, _missing(one), number, is_missing=True)
        return value

    def _files(self, one: Field, key: str, number: int) -> list[str] | None:
        kept = self.known.get(key)
        ids = [str(part) for part in kept] if isinstance(kept, list) else []
        uploads = posting.uploads(self.files, key)
        if len(ids) + len(uploads) > one.max_files:
            self._fault(key, one.label, f"最多 {one.max_files} 个文件，现在有 {len(ids) + len(uploads)} 个；请先移除一些", number)
            return ids or None
        refused = [told for upload in uploads if (told := refusal_of(upload, types=one.types, max_bytes=one.max_bytes))]
        for told in refused:
            self._fault(key, one.label, told.rstrip("。"), number)
        if uploads and not refused:
            self.uploads[key] = uploads
        elif one.is_required and not ids and not refused:
            self._fault(key, one.label, _missing(one), number, is_missing=True)
        return ids or None

    def _checks(self) -> None:
        at = {one.name: place for place, _, group in self.form.groups() for one in group.fields}
        for rule in self.form.checks:
            place, one = at.get(rule.field, 0), self.form.field(rule.field)
            if rule.must.expression.evaluate(self.record) is False and self.page in (None, place):
                self._fault(rule.field, one.label if one else "", rule.message.rstrip("。"), place)

    def _step(self) -> int:
        if self.faults:
            return min(fault.page for fault in self.faults)
        if self.revealed and self.page is not None:
            return self.page
        later = [one for one in visible_pages(self.form, self.values) if self.page is not None and one > self.page]
        return later[0] if later else len(self.form.pages)

    def _fault(self, key: str, label: str, sentence: str, page: int, *, is_missing: bool = False) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(key, label, sentence, page, is_missing))


def _missing(one: Field) -> str:
    return "没有选，请选择" if one.type in (FieldType.CHOICE, FieldType.CHOICES, FieldType.YES_NO, FieldType.DIVISION) else (
        "没有上传，请选择文件" if one.type is FieldType.FILE else "没有填，请填写")


__all__ = ["Checked", "Fault", "Page", "Values", "check", "check_values", "holds", "record_of", "visible_pages"]
