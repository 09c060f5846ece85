"""Texts of the control database that may repeat a cell: what people were told of batches, orders, messages, jobs.

A value stands there only when a sentence or a person wrote it. It is replaced, the rest of the text stays. Values too short to
be telling go where a sentence of ours says whose they are (the item's value, the key's), written as they are or otherwise (012, 12.0);
elsewhere they are left alone: "12" is in every second sentence.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any  # JSON, and any model's field

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Cast

from suixin.data.collection.destruction.meant import sought_of
from suixin.data.collection.destruction.places import Ending
from suixin.data.collection.destruction.seeking import telling

GONE = "[已销毁]"
_FIELDS = {
    "jobs.Job": ("title", "sentence", "result"),
    "collection.Run": ("message",),
    "collection.FeedRun": ("sentence", "findings"),
    "collection.FeedFile": ("message",),
    "flow.WorkOrder": ("title", "detail", "before", "after"),
    "flow.OrderReport": ("detail",),
    "flow.Instance": ("title", "data"),
    "flow.Step": ("subject_title", "request"),
    "flow.Transition": ("reason", "data"),
    "notify.Notice": ("title", "body", "data"),
    "notify.Delivery": ("title", "body", "data", "sentence"),
    "notify.Attempt": ("sentence",),
    "quality.Doubt": ("answer",),
    "cases.DoubtedValue": ("outcome",),
    "quality.Correction": ("reason",),
    "quality.DuplicateFinding": ("sentence", "proposed_why", "reason"),
}


def values_of(endings: Sequence[Ending]) -> list[str]:
    """The values that are telling by themselves."""
    return telling(value for ending in endings for value in ending.selection.values)


def scrub(endings: Sequence[Ending]) -> str:
    """How many texts named a value, as a sentence; none does any more."""
    values = values_of(endings)
    written: list[_Written | _Told] = [*_told(endings)]
    if values:
        written.insert(0, _Written(values, re.compile("|".join(map(re.escape, values)), re.IGNORECASE), GONE))
    changed = sum(_scrub(model, fields, one) for model, fields in _declared() for one in written)
    return f"控制数据库中 {changed} 处文字里的值已抹去。" if changed else ""


def naming(model: type[models.Model], fields: Sequence[str], values: Sequence[str]) -> "models.QuerySet[Any]":
    """Rows of which one of the fields names a value."""
    query, casts = Q(), {}
    for name in fields:
        casts[f"{name}_as_text"] = Cast(name, models.TextField())
        for value in values:
            for form in {value, json.dumps(value)[1:-1]}:
                query |= Q(**{f"{name}_as_text__icontains": form})
    found: models.QuerySet[Any] = model._base_manager.annotate(**casts).filter(query)
    return found


def _declared() -> Iterator[tuple[type[models.Model], tuple[str, ...]]]:
    for label, fields in _FIELDS.items():
        yield apps.get_model(label), fields


def _told(endings: Sequence[Ending]) -> Iterator["_Told"]:
    """How sentences of ours tell short values, however they are written there: of the item, or of a key that it is, or is part of."""
    for ending in endings:
        item, sought = ending.resource.contract.item(ending.selection.field), sought_of(ending)
        if item is not None and sought.is_short:
            yield _Told(item.name, sought.in_cell)


def _scrub(model: type[models.Model], fields: Sequence[str], written: "_Written | _Told") -> int:
    changed = 0
    rows = naming(model, fields, written.needles).only("pk", *fields).iterator()
    for key in [row.pk for row in rows if any(written.cleaned(getattr(row, name)) != getattr(row, name) for name in fields)]:
        with transaction.atomic():
            row = model._base_manager.select_for_update().filter(pk=key).first()
            cleaned = {name: written.cleaned(getattr(row, name)) for name in fields} if row is not None else {}
            if any(cleaned[name] != getattr(row, name) for name in cleaned):
                model._base_manager.filter(pk=key).update(**cleaned)
                changed += 1
    return changed


@dataclass(frozen=True, slots=True)
class _Written:
    """A value as texts write it: what to look for, and what to put in its place."""

    needles: Sequence[str]
    pattern: "re.Pattern[str]"
    instead: str

    def cleaned(self, held: Any) -> Any:  # noqa: ANN401 JSON
        """The text, or value of JSON, without it."""
        if isinstance(held, str):
            return self.pattern.sub(self.instead, held)
        if isinstance(held, dict):
            return {self.cleaned(key): self.cleaned(value) for key, value in held.items()}
        if isinstance(held, list):
            return [self.cleaned(value) for value in held]
        return GONE if isinstance(held, int) and self.pattern.fullmatch(str(held)) else held


@dataclass(frozen=True, slots=True)
class _Told:
    """A short value as our sentences tell it: “item”的值“…”, 主键(items)“… + …”; `is_meant` decides of each."""

    name: str
    is_meant: Callable[[str], bool]

    @property
    def needles(self) -> Sequence[str]:
        """What stands in every text that may tell one."""
        return (f"“{self.name}”的值“", "主键(")

    def cleaned(self, held: Any) -> Any:  # noqa: ANN401 JSON
        """The text, or value of JSON, without it."""
        if isinstance(held, str):
            of_item = re.sub(rf"(“{re.escape(self.name)}”的值“)([^”]*)", lambda found: found[1] + self._without(found[2]), held)
            return re.sub(r"(主键\(([^“]*?)\)“)([^”]*)", self._key_without, of_item)
        if isinstance(held, dict):
            return {self.cleaned(key): self.cleaned(value) for key, value in held.items()}
        return [self.cleaned(value) for value in held] if isinstance(held, list) else held

    def _key_without(self, found: "re.Match[str]") -> str:
        names, parts = found[2].split("、"), found[3].split(" + ")
        if len(names) != len(parts):  # a value with a plus sign in it: nobody knows whose is whose
            names = [self.name] * len(parts)
        of_another = self.name in names
        told = [part if of_another and name != self.name else self._without(part) for name, part in zip(names, parts, strict=True)]
        return found[1] + " + ".join(told)

    def _without(self, value: str) -> str:
        return GONE if self.is_meant(value) else value
