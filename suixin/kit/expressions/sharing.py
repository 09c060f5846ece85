"""Values that several conditions over the same row read, computed once.

A condition's SQL is made over `Shared` columns; whatever is calculated in it (a function, arithmetic, a number as double) is
given a name, and the same text gets the same name, also from another condition. `select` puts the named values beneath the
conditions, as nested projections. They are computed for every row: nothing of the language fails on any value.
"""

import re
from collections.abc import Mapping

MOST_DEEP = 8  # projections one in the other; what is calculated deeper stays where it is
_NAME = re.compile(r"\bw([0-9]+)\b")


class Shared(dict[str, str]):
    """SQL in place of fields, as ever, and the values that were given names so far. No column of the rows may be called w0, w1, ..."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        super().__init__(columns)
        self._named: dict[str, str] = {}
        self._depths: list[int] = []

    def named(self, sql: str) -> str:
        """The name of the value that `sql` computes."""
        if sql not in self._named:
            below = [self._depths[int(number)] for number in _NAME.findall(sql) if int(number) < len(self._depths)]
            if (depth := 1 + max(below, default=0)) > MOST_DEEP:
                return sql
            self._named[sql] = f"w{len(self._depths)}"
            self._depths.append(depth)
        return self._named[sql]

    def beneath(self, relation: str) -> str:
        """The relation with every named value beside its columns, ready to be selected from."""
        for depth in range(1, 1 + max(self._depths, default=0)):
            values = [f"{sql} AS {name}" for sql, name in self._named.items() if self._depths[int(name[1:])] == depth]
            relation = f"(SELECT *, {', '.join(values)} FROM {relation})"  # noqa: S608  made of conditions that were parsed
        return relation


def once(columns: Mapping[str, str], sql: str) -> str:
    """The value under its name where values are shared, else as it is."""
    return columns.named(sql) if isinstance(columns, Shared) else sql
