"""Texts of the control database that may repeat a cell: what people were told of batches, orders, messages, jobs.

A value stands there only when a sentence or a person wrote it. It is replaced, the rest of the text stays. Values too short to
be telling are left alone: "12" is in every second sentence.
"""

import json
import re
from collections.abc import Iterator, Sequence
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
    values = values_of(endings)
    changed = sum(_scrub(model, fields, values) for model, fields in _declared()) if values else 0
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


def _scrub(model: type[models.Model], fields: Sequence[str], values: Sequence[str]) -> int:
    pattern = re.compile("|".join(map(re.escape, values)), re.IGNORECASE)
    changed = 0
    for key in list(naming(model, fields, values).values_list("pk", flat=True)):
        with transaction.atomic():
            row = model._base_manager.select_for_update().filter(pk=key).first()
            if row is not None:
                model._base_manager.filter(pk=key).update(**{name: _cleaned(getattr(row, name), pattern) for name in fields})
                changed += 1
    return changed


def _cleaned(held: Any, pattern: "re.Pattern[str]") -> Any:  # noqa: ANN401 JSON
    if isinstance(held, str):
        return pattern.sub(GONE, held)
    if isinstance(held, dict):
        return {_cleaned(key, pattern): _cleaned(value, pattern) for key, value in held.items()}
    if isinstance(held, list):
        return [_cleaned(value, pattern) for value in held]
    return GONE if isinstance(held, int) and pattern.fullmatch(str(held)) else held
