"""The control database out of one transaction, and into an empty one.

Out   SQLite: a read transaction of a connection of its own (WAL: writers go on, nothing they write is seen).
      PostgreSQL: REPEATABLE READ, READ ONLY.
In    the tables are made at the migrations that the backup recorded, filled in one transaction, counters of keys set;
      only then is the database brought forward to this release.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from django.core.management.color import no_style
from django.db import connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from suixin.site.backup import rows, states
from suixin.site.backup.errors import BrokenBackup, RestoreFailed
from suixin.site.backup.states import Key

_ALIAS = "backup"


@dataclass(frozen=True, slots=True)
class Instant:
    """The database at one instant: read it only while the transaction is open."""

    connection: BaseDatabaseWrapper
    migrations: list[Key]
    models: list[type[models.Model]]

    def rows(self, app: str, name: str, columns: tuple[str, ...]) -> Iterable[tuple[object, ...]]:
        """Columns of a table as tuples."""
        found = next((m for m in self.models if m._meta.label_lower == f"{app}.{name}".lower()), None)
        return found._base_manager.using(_ALIAS).values_list(*columns).iterator() if found else ()

    def write(self, folder: Path) -> Iterator[tuple[Path, str, int]]:
        """Every table as a file of `folder`: (file, label, rows)."""
        for model in self.models:
            label = model._meta.label_lower
            target = folder / f"{label}.jsonl.zst"
            yield target, label, rows.write_rows(model, target, using=_ALIAS)

    def counters(self) -> dict[str, int]:
        """The last key that each table with counted keys gave out, so that no number is given twice."""
        found = {}
        for model in self.models:
            if isinstance(model._meta.pk, models.AutoField | models.BigAutoField):
                found[model._meta.label_lower] = _counter(self.connection, model)
        return {label: last for label, last in found.items() if last}


@contextmanager
def instant() -> Iterator[Instant]:
    """The control database as it is now, while everybody goes on writing."""
    settings = deepcopy(connections.settings["default"])
    settings.setdefault("OPTIONS", {}).pop("transaction_mode", None)
    settings["CONN_MAX_AGE"] = 0
    connections.settings[_ALIAS] = settings
    held = connections[_ALIAS]
    try:
        with transaction.atomic(using=_ALIAS):
            if held.vendor == "postgresql":
                with held.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            migrations = states.recorded(held)
            yield Instant(held, migrations, states.models_at(held, migrations))
    finally:
        held.close()
        del connections[_ALIAS]
        del connections.settings[_ALIAS]


def is_empty() -> bool:
    """Whether the control database has no table."""
    return not connection.introspection.table_names()


def load(folder: Path, migrations: list[Key], *, counters: Mapping[str, int]) -> dict[str, int]:
    """Tables made at those migrations and filled from the files of `folder`; rows per table. Raises BrokenBackup."""
    MigrationExecutor(connection).migrate(states.last_of_each(connection, migrations))
    found = states.models_at(connection, migrations)
    loaded = {}
    with transaction.atomic():
        _empty(found)
        for model in found:
            source = folder / f"{model._meta.label_lower}.jsonl.zst"
            if not source.is_file():
                raise BrokenBackup(f"备份里缺少表 {model._meta.label_lower};备份不能使用。")
            loaded[model._meta.label_lower] = rows.load_rows(model, source, connection)
        _set_counters(found, counters)
    return loaded


def counted(migrations: list[Key]) -> dict[str, int]:
    """Rows of every table now, at those migrations."""
    return {m._meta.label_lower: m._base_manager.count() for m in states.models_at(connection, migrations)}


def set_aside(name: str) -> None:
    """The tables of a PostgreSQL database moved into a schema of that name; an empty `public` is left."""
    if connection.vendor != "postgresql":
        raise RestoreFailed("只有 PostgreSQL 的表可以原地改存;SQLite 数据库随目录一起保留。")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SCHEMA public RENAME TO {connection.ops.quote_name(name)}")
        cursor.execute("CREATE SCHEMA public")


def _empty(found: list[type[models.Model]]) -> None:
    """What the migrations themselves put into the tables makes place for what was there."""
    with connection.cursor() as cursor:
        for model in found:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608  names of our own models, quoted


def _counter(held: BaseDatabaseWrapper, model: type[models.Model]) -> int:
    table = model._meta.db_table
    with held.cursor() as cursor:
        if held.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        else:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [held.ops.quote_name(table), model._meta.pk.column])
            [name] = cursor.fetchone()
            if name is None:
                return 0
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")  # noqa: S608  the database's own name
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _set_counters(found: list[type[models.Model]], counters: Mapping[str, int]) -> None:
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), found):
            cursor.execute(sql)
        for model in found:
            last = counters.get(model._meta.label_lower, 0)
            if last > _counter(connection, model):
                _set_counter(cursor, model, last)


def _set_counter(cursor: object, model: type[models.Model], last: int) -> None:
    table, run = model._meta.db_table, cursor.execute  # type: ignore[attr-defined]  # Django's cursor has no public type
    if connection.vendor == "sqlite":
        run("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        run("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])
    else:
        place = [connection.ops.quote_name(table), model._meta.pk.column, last]
        run("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", place)
