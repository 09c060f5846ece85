"""Row numbers as ranges: [[1, 4], [7, 7]] for 1, 2, 3, 4, 7; order is kept. Pure."""

from collections.abc import Iterable, Iterator, Sequence

Spans = list[list[int]]


def spans_of(rows: Iterable[int]) -> Spans:
    """The ranges of these rows, in their order."""
    found: Spans = []
    for row in rows:
        if found and found[-1][1] + 1 == row:
            found[-1][1] = row
        else:
            found.append([row, row])
    return found


def rows_in(spans: Sequence[Sequence[int]]) -> Iterator[int]:
    """The rows of these ranges, in their order."""
    for first, last in spans:
        yield from range(first, last + 1)
