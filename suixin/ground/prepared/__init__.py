"""Questions, insertions and changes of one row whose SQL is made once for each kind of database, then sent with new values.

Use      `Prepared(lambda: Model.objects.filter(field=given("name", models.CharField())))` at the level of a module, `.rows(name="...")`
Promise  the rows that the query set gives; a value is adapted as its field adapts it
Ready    PostgreSQL keeps the statements of a connection parsed and planned (settings.database says from which use on): of a wide question
         planning is nine tenths of the work
Traps    None never equals anything: ask otherwise; lists of changing length are no values; `insert` and `update` send no signals
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models.query import RelatedPopulator, get_related_populators
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=models.Model)


class _Given(models.Value):
    """What stands for a value in a question; `kind` says how it is adapted to the database."""

    def __init__(self, name: str, kind: "models.Field[Any, Any]") -> None:
        super().__init__(None, output_field=kind)
        self.name, self.kind = name, kind

    def as_sql(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401 Django's own
        """A mark, and itself in the place of the value."""
        return "%s", [self]


def given(name: str, kind: "models.Field[Any, Any]") -> Any:  # noqa: ANN401 it stands where a value of whatever kind would
    """What stands in a question for the value of that name, adapted to the database as that field adapts it."""
    return _Given(name, kind)


@dataclass(frozen=True, slots=True)
class _Plan:
    """SQL, its values with gaps, and how a row is made into an object of which class."""

    sql: str
    values: Sequence[Any]  # Any: what drivers take
    converters: Sequence[tuple[int, tuple[Sequence[Callable[..., object]], object]]]
    model: Any  # the class of the query set
    span: slice
    names: Sequence[str]
    related: Sequence[RelatedPopulator]
    is_locking: bool


class Prepared(Generic[M]):
    """A question: `build` makes its query set, with `given` where values come; asked for values it gives tuples (`told`)."""

    def __init__(self, build: "Callable[[], models.QuerySet[M, Any]]") -> None:  # Any: what the set itself would give
        self._build = build
        self._plans: dict[str, _Plan] = {}

    def rows(self, **values: object) -> list[M]:
        """The rows."""
        plan = self._plan()
        return [self._object(plan, row) for row in self._asked(plan, values)]

    def one(self, **values: object) -> M | None:
        """The first row; None when there is none."""
        return next(iter(self.rows(**values)), None)

    def told(self, **values: object) -> list[tuple[Any, ...]]:  # Any: values of columns
        """The values of the columns that the query set names (`values_list`), row by row."""
        return [tuple(row) for row in self._asked(self._plan(), values)]

    def _plan(self) -> _Plan:
        vendor = _here().vendor
        plan = self._plans.get(vendor)
        if plan is None:
            plan = self._plans[vendor] = _plan_of(self._build())
        return plan

    @staticmethod
    def _asked(plan: _Plan, values: dict[str, object]) -> list[Sequence[Any]]:
        here = _here()
        if plan.is_locking and not here.in_atomic_block:
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        sent = [
            one.kind.get_db_prep_value(values[one.name], here) if isinstance(one, _Given) else one for one in plan.values
        ]
        with _cursor(here) as cursor:
            cursor.execute(plan.sql, sent)
            found = cursor.fetchall()
        return [_converted(plan, row) for row in found] if plan.converters else found

    @staticmethod
    def _object(plan: _Plan, row: Sequence[Any]) -> M:
        made: M = plan.model.from_db(DEFAULT_DB_ALIAS, plan.names, row[plan.span])
        for populator in plan.related:
            populator.populate(row, made)
        return made


def insert(row: models.Model) -> None:
    """The new row, written as `save(force_insert=True)` writes it; its number is set."""
    insert_all([row])


def insert_all(rows: Sequence[models.Model]) -> None:
    """New rows of one model, as few of them as stand in one statement; their numbers are set."""
    if not rows:
        return
    here, sent = _here(), []
    fields, sql = _inserting(type(rows[0]), here, len(rows))
    for row in rows:
        row._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]  # Django's own, unknown to its stubs
        sent += [field.get_db_prep_save(field.pre_save(row, add=True), here) for field in fields]
    with _cursor(here) as cursor:
        cursor.execute(sql, sent)
        numbers = cursor.fetchall()
    for row, (number,) in zip(rows, numbers, strict=True):
        row.pk = int(number)
        row._state.adding, row._state.db = False, here.alias


def update(row: models.Model, names: Collection[str], **where: object) -> bool:
    """Whether the row was there, of that number and with these values (`where`), and has now the columns of these names that it holds."""
    here = _here()
    changed, asked = [_field(row, name) for name in names], [row._meta.pk, *(_field(row, name) for name in where)]
    values = [field.get_db_prep_save(getattr(row, field.attname), here) for field in changed]
    values += [field.get_db_prep_value(value, here) for field, value in zip(asked, (row.pk, *where.values()), strict=True)]
    quote = here.ops.quote_name
    news = ", ".join(f"{quote(str(field.column))} = %s" for field in changed)
    conditions = " AND ".join(f"{quote(str(field.column))} = %s" for field in asked)
    with _cursor(here) as cursor:
        cursor.execute(f"UPDATE {quote(row._meta.db_table)} SET {news} WHERE {conditions}", values)  # noqa: S608 names of our own columns
        return bool(cursor.rowcount)


def run(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:  # Any: what drivers take and give
    """What a statement of ours gives, with %s where values come; the same text every time, else nothing is gained."""
    with _cursor(_here()) as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall()) if cursor.description else []


def _here() -> "BaseDatabaseWrapper":
    """This thread's connection itself: what stands for it looks it up at every touch."""
    return connections[DEFAULT_DB_ALIAS]


def _cursor(here: "BaseDatabaseWrapper") -> "CursorWrapper":
    """Django's cursor, of PostgreSQL one that sends values apart from the statement."""
    if here.vendor != "postgresql":
        return here.cursor()
    here.close_if_health_check_failed()
    here.ensure_connection()
    with here.wrap_database_errors:
        made: CursorWrapper = here._prepare_cursor(_kind_of_cursor()(here.connection))  # type: ignore[attr-defined]  # Django's own
    return made


@cache
def _kind_of_cursor() -> Callable[[object], object]:
    # Where SQLite is used the driver need not be there.
    from django.db.backends.postgresql.base import ServerBindingCursor

    class Cursor(ServerBindingCursor):
        """Remembers its statement for whoever counts queries: Django's own tells nothing of one that was kept ready."""

        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:  # noqa: ANN401 the driver's own
            """What the driver's own gives."""
            try:
                return super().execute(query, params, **more)  # type: ignore[misc]  # the stubs know another driver
            finally:
                self._query = _Told(str(query).encode())

    return Cursor  # type: ignore[return-value]  # as above


@dataclass(frozen=True, slots=True)
class _Told:
    query: bytes


def column_of(row: models.Model, name: str) -> str:
    """The attribute that holds the column of that field: `organisation_id` of `organisation`."""
    return _field(row, name).attname


def _field(row: models.Model, name: str) -> "models.Field[Any, Any]":
    found = row._meta.get_field(name)
    if not isinstance(found, models.Field):
        raise TypeError(f"{name} is no column of {row._meta.label}")
    return found


_Inserting = tuple[Sequence["models.Field[Any, Any]"], str]
_insertions: dict[tuple[type[models.Model], str, int], _Inserting] = {}


def _inserting(model: type[models.Model], here: "BaseDatabaseWrapper", count: int) -> _Inserting:
    held = _insertions.get((model, here.vendor, count))
    if held is None:
        quote, meta = here.ops.quote_name, model._meta
        fields, number = [field for field in meta.concrete_fields if not field.primary_key], quote(str(meta.pk.column))
        names, marks = ", ".join(quote(str(field.column)) for field in fields), f"({', '.join(['%s'] * len(fields))})"
        values = ", ".join([marks] * count)
        sql = f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES {values} RETURNING {number}"  # noqa: S608 names of our own columns
        held = _insertions[model, here.vendor, count] = (fields, sql)
    return held


def _plan_of(found: "models.QuerySet[Any, Any]") -> _Plan:
    compiler = found.query.get_compiler(using=found.db)
    sql, values = compiler.as_sql()
    select, told = compiler.select or [], compiler.klass_info
    converters = compiler.get_converters([one[0] for one in select[: compiler.col_count]])
    if told is None:
        return _Plan(sql, values, list(converters.items()), None, slice(0, 0), (), (), found.query.select_for_update)
    span = slice(told["select_fields"][0], told["select_fields"][-1] + 1)
    names = [one[0].target.attname for one in select[span]]
    related = _populators(told, select, found.db)
    return _Plan(sql, values, list(converters.items()), told["model"], span, names, related, found.query.select_for_update)


def _populators(told: Any, select: Any, database: str) -> Any:  # noqa: ANN401 Django's own
    return get_related_populators(told, select, database)  # type: ignore[call-arg]  # the stubs are of a later Django


def _converted(plan: _Plan, row: Sequence[Any]) -> list[Any]:
    values, here = list(row), _here()
    for at, (converters, expression) in plan.converters:
        for converter in converters:
            values[at] = converter(values[at], expression, here)
    return values
