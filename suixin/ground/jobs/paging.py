"""All rows that a turn of a job finds, page by page along their key: what cannot be mended today never stands before the rest."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

SIZE = 500
Row = TypeVar("Row", bound=Model)


def paged(rows: QuerySet[Row]) -> Iterator[Row]:
    """Each row once, in the order of its key; what is gone or changed before its page is read is not among them.

    No cursor of the database stays open, so that each row may be worked on in a transaction of its own.
    """
    found = rows.order_by("pk")
    page = list(found[:SIZE])
    while page:
        last = page[-1].pk  # a row that is deleted meanwhile forgets its key
        yield from page
        page = list(found.filter(pk__gt=last)[:SIZE]) if len(page) == SIZE else []
