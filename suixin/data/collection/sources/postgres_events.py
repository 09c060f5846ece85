"""Messages of PostgreSQL's log as changes of one table, cut into transactions, cells as a reading of the table would give them."""

from collections.abc import Iterator, Mapping
from typing import Any  # the driver's own connection

from sqlalchemy import Connection

from suixin.data.collection.sources import pgoutput
from suixin.data.collection.sources.cells import as_text
from suixin.data.collection.sources.logs import Change, Committed, Op, Watched
from suixin.data.collection.sources.pgoutput import Cell, Raw, Relation


class Decoder:
    """Messages of one slot as changes of one table, cells as a reading of the table would give them."""

    def __init__(self, watched: Watched, schema: str, connection: Connection) -> None:
        from psycopg.adapt import Transformer

        self._watched, self._schema = watched, schema
        driver: Any = connection.connection.driver_connection
        self._transformer = Transformer(driver)
        self._relations: dict[int, Relation] = {}
        self._is_known = False

    def told(self, data: bytes, *, after: int) -> Iterator[Change | Committed]:
        """What a message says of the table; nothing of transactions before `after`."""
        match pgoutput.message_of(data):
            case pgoutput.Begin(commit):
                self._is_known = commit < after
            case pgoutput.Commit(end):
                if not self._is_known:
                    yield Committed({"at": [end]})
            case Relation() as relation:
                self._relations[relation.number] = relation
            case pgoutput.RowChange() as change if not self._is_known and self._is_ours(change.relation):
                yield from self._changes(change, self._relations[change.relation])
            case pgoutput.Truncated(numbers) if not self._is_known and any(self._is_ours(one) for one in numbers):
                yield Change(Op.EMPTIED)

    def _is_ours(self, number: int) -> bool:
        relation = self._relations[number]
        return (relation.schema, relation.name) == (self._schema, self._watched.table)

    def _changes(self, change: pgoutput.RowChange, relation: Relation) -> Iterator[Change]:
        old = self._row(change.old, relation) if change.old is not None else None
        if change.new is None:
            yield Change(Op.GONE, self._watched.key_of(old or {}))
            return
        row = self._row(change.new, relation)
        if old is not None and change.is_full:
            row = {**{name: value for name, value in old.items() if name not in row}, **row}
        if old is not None and self._watched.key_of(old) != self._watched.key_of(row):
            yield Change(Op.GONE, self._watched.key_of(old))
        is_whole = all(name in row for name in self._watched.columns)
        yield Change(Op.KEPT if is_whole else Op.PARTIAL, self._watched.cells_of(row))

    def _row(self, raw: Raw, relation: Relation) -> Mapping[str, str | None]:
        """Cells of the watched columns by name; those that were not sent, or were not there at that time, are away."""
        found: dict[str, str | None] = {}
        for (name, kind), cell in zip(relation.columns, raw, strict=True):
            if name in self._watched.columns and cell is not Cell.UNCHANGED:
                found[name] = None if isinstance(cell, Cell) else as_text(self._loaded(cell, kind))
        return found

    def _loaded(self, cell: bytes, kind: int) -> object:
        from psycopg.pq import Format

        return self._transformer.get_loader(kind, Format.TEXT).load(cell)
