"""Rows into a table of PostgreSQL by COPY, changes through a table of the transaction; loaded only where the driver is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

Row = tuple[object, ...]
_COMING = sql.Identifier("suixin_coming")


@dataclass(frozen=True, slots=True)
class Target:
    """The receiver's table: schema (may be empty) and name, its columns in the order of rows, those of its key."""

    place: tuple[str | None, str]
    columns: Sequence[str]
    key: Sequence[str]

    @property
    def name(self) -> sql.Identifier:
        """Schema and name, quoted."""
        return sql.Identifier(*filter(None, self.place))


def copy(connection: Connection, target: Target, rows: Sequence[Row]) -> None:
    """All rows added. Raises SQLAlchemy's IntegrityError, DataError, DBAPIError."""
    _copy(connection, target.name, target.columns, rows)


def merge(connection: Connection, target: Target, rows: Sequence[Row]) -> None:
    """All rows added, or in the place of those with their key. Raises as `copy` does."""
    cursor = _cursor(connection)
    listed = _listed(target.columns)
    coming = sql.SQL("CREATE TEMP TABLE IF NOT EXISTS {} ON COMMIT DROP AS SELECT {} FROM {} WHERE false")
    cursor.execute(coming.format(_COMING, listed, target.name))
    cursor.execute(sql.SQL("TRUNCATE {}").format(_COMING))
    _copy(connection, _COMING, target.columns, rows)
    changed = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in target.columns)
    statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT ({}) DO UPDATE SET {}").format(
        target.name, listed, listed, _COMING, _listed(target.key), changed
    )
    _guarded(lambda: cursor.execute(statement))


def _copy(connection: Connection, table: sql.Identifier, columns: Sequence[str], rows: Sequence[Row]) -> None:
    def run() -> None:
        with _cursor(connection).copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, _listed(columns))) as copying:
            for row in rows:
                copying.write_row(row)

    _guarded(run)


def _listed(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)


def _cursor(connection: Connection):  # type: ignore[no-untyped-def]  # noqa: ANN202 psycopg's own cursor
    return connection.connection.cursor()


def _guarded(run: Callable[[], object]) -> None:
    """The driver's own errors as SQLAlchemy's, which the caller tells apart."""
    try:
        run()
    except psycopg.IntegrityError as error:
        raise IntegrityError("COPY", None, error) from error
    except psycopg.DataError as error:
        raise DataError("COPY", None, error) from error
    except psycopg.Error as error:
        raise DBAPIError("COPY", None, error) from error
