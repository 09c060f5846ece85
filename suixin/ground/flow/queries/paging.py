"""Pages that go on from the last row's key, whatever their depth, and counts that stop at a cap.

Rows without a value come last in both directions; they are read by a query of their own, so that both databases
go along the index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from suixin.kit.errors import BadRequest

CAP = 2_000  # what is counted is read: on a busy disk ten thousand rows take a second
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Slice(Generic[M]):
    """Some rows; `following` is the mark to go on from, "" at the end."""

    rows: Sequence[M]
    following: str = ""


def capped_count(found: QuerySet[M]) -> int:
    """How many rows there are, at most CAP + 1 (which means: more than CAP)."""
    return found.order_by()[: CAP + 1].count()


@dataclass(frozen=True, slots=True)
class Shown:
    """What is read of each row of a page: rows that it names, columns that are left."""

    related: Sequence[str] = ()
    deferred: Sequence[str] = ()


OF_STEPS = Shown(("instance", "procedure", "organisation", "assignee"), ("instance__data", "instance__parties"))
OF_INSTANCES = Shown(("procedure", "organisation"), ("data", "parties"))


def slice_of(found: QuerySet[M], order: str, *, shown: Shown, after: str = "", size: int = 50) -> Slice[M]:
    """The `size` rows after the mark, by `order` (an instant's field, `-` before it: newest first), then by number.

    At most three queries: numbers first, so that thousands of candidates are not sorted with all their columns, then the
    rows of the page. Raises BadRequest for a mark that is none.
    """
    numbers = _numbers(found, order, after, size + 1)
    rows = rows_of(found.model, numbers[:size], shown)
    return Slice(rows, _text(rows[-1], order.lstrip("-")) if len(numbers) > size and rows else "")


def rows_of(model: type[M], numbers: Sequence[int], shown: Shown) -> list[M]:
    """The rows of these numbers, in this order; those that are gone are left out."""
    found = model._default_manager.select_related(*shown.related).defer(*shown.deferred).in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def _numbers(found: QuerySet[M], order: str, after: str, count: int) -> list[int]:
    field, is_back = order.lstrip("-"), order.startswith("-")
    moment, number = _mark(after)
    numbers: list[int] = []
    if not after or moment:
        dated = found.filter(**{f"{field}__isnull": False})
        if moment:
            beyond = "lt" if is_back else "gt"
            dated = dated.filter(**{f"{field}__{beyond}e": moment}).filter(
                Q(**{f"{field}__{beyond}": moment}) | Q(**{f"pk__{beyond}": number})
            )
        numbers = list(dated.order_by(order, "-pk" if is_back else "pk").values_list("pk", flat=True)[:count])
    if len(numbers) < count:
        rest = found.filter(**{field: None})
        if after and not moment:
            rest = rest.filter(pk__gt=number)
        numbers += list(rest.order_by("pk").values_list("pk", flat=True)[: count - len(numbers)])
    return numbers


def _text(row: Model, field: str) -> str:
    value = getattr(row, field)
    return f"{value.isoformat() if value else ''}~{row.pk}"


def _mark(text: str) -> tuple[datetime | None, int]:
    if not text:
        return None, 0
    moment, _, number = text.rpartition("~")
    try:
        when = datetime.fromisoformat(moment) if moment else None
        if not number.isdecimal() or len(number) > 18 or (when is not None and when.tzinfo is None):
            raise ValueError
        when = when and when.astimezone(UTC)  # at the ends of time there is none
    except (ValueError, OverflowError):
        raise BadRequest("翻页标记不对；请回到第一页，用页面上的链接翻页。") from None
    return when, int(number)
