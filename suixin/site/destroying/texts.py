"""Texts of the control database that may repeat a cell: what people were told of batches, orders, messages, jobs.

A value stands there only when a sentence or a person wrote it. It is replaced, the rest of the text stays. Values too short to
be telling go where a sentence of ours says whose they are (the item's value, the key's); elsewhere they are left alone: "12" is in
every second sentence.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any  # JSON, and any model's field

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Cast

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
    values, told = values_of(endings), list(_told(endings))
    written = [_Written(values, re.compile("|".join(map(re.escape, values)), re.IGNORECASE), GONE)] if values else []
    changed = sum(_scrub(model, fields, one) for model, fields in _declared() for one in (*written, *told))
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


def _told(endings: Sequence[Ending]) -> Iterator["_Written"]:
    """How sentences of ours tell short values: of the item, or of a key that it is, or is part of."""
    for ending in endings:
        item = ending.resource.contract.item(ending.selection.field)
        for value in {one.strip() for one in ending.selection.values} - set(values_of([ending])):
            if item is not None:
                of_item = rf"(“{re.escape(item.name)}”的值“){re.escape(value)}(”)"
                of_key = rf"(主键\([^)]*\)“(?:[^”]* \+ )?){re.escape(value)}((?: \+ [^”]*)?”)"
                for form in (of_item, of_key):
                    yield _Written([f"“{value}", f" + {value}"], re.compile(form, re.IGNORECASE), rf"\1{GONE}\2")


def _scrub(model: type[models.Model], fields: Sequence[str], written: "_Written") -> int:
    changed = 0
    for key in list(naming(model, fields, written.needles).values_list("pk", flat=True)):
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
