"""Questions, insertions and changes of one row whose SQL is made once for each kind of database, then sent with new values.

Use      `Prepared(lambda: Model.objects.filter(field=given("name", models.CharField())))` at the level of a module, `.rows(name="...")`
Promise  the rows that the query set gives; a value is adapted as its field adapts it
Traps    None never equals anything: ask otherwise; lists of changing length are no values; `insert` and `update` send no signals
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection, models
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
        plan = self._plans.get(connection.vendor)
        if plan is None:
            plan = self._plans[connection.vendor] = _plan_of(self._build())
        return plan

    @staticmethod
    def _asked(plan: _Plan, values: dict[str, object]) -> list[Sequence[Any]]:
        if plan.is_locking and not connection.in_atomic_block:
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        sent = [
            one.kind.get_db_prep_value(values[one.name], connection) if isinstance(one, _Given) else one for one in plan.values
        ]
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, sent)
            found = cursor.fetchall()
        return [_converted(plan, row) for row in found] if plan.converters else found

    @staticmethod
    def _object(plan: _Plan, row: Sequence[Any]) -> M:
        made: M = plan.model.from_db(connection.alias, plan.names, row[plan.span])
        for populator in plan.related:
            populator.populate(row, made)
        return made


def insert(row: models.Model) -> None:
    """The new row, written as `save(force_insert=True)` writes it; its number is set."""
    row._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]  # Django's own, unknown to its stubs
    fields, sql = _inserting(type(row), connection.vendor)
    sent = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, sent)
        row.pk = int(cursor.fetchone()[0])
    row._state.adding, row._state.db = False, connection.alias


def update(row: models.Model, names: Collection[str], **where: object) -> bool:
    """Whether the row was there, of that number and with these values (`where`), and has now the columns of these names that it holds."""
    changed, asked = [_field(row, name) for name in names], [row._meta.pk, *(_field(row, name) for name in where)]
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in changed]
    values += [field.get_db_prep_value(value, connection) for field, value in zip(asked, (row.pk, *where.values()), strict=True)]
    quote = connection.ops.quote_name
    news = ", ".join(f"{quote(str(field.column))} = %s" for field in changed)
    conditions = " AND ".join(f"{quote(str(field.column))} = %s" for field in asked)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {quote(row._meta.db_table)} SET {news} WHERE {conditions}", values)  # noqa: S608 names of our own columns
        return bool(cursor.rowcount)


def column_of(row: models.Model, name: str) -> str:
    """The attribute that holds the column of that field: `organisation_id` of `organisation`."""
    return _field(row, name).attname


def _field(row: models.Model, name: str) -> "models.Field[Any, Any]":
    found = row._meta.get_field(name)
    if not isinstance(found, models.Field):
        raise TypeError(f"{name} is no column of {row._meta.label}")
    return found


_Inserting = tuple[Sequence["models.Field[Any, Any]"], str]
_insertions: dict[tuple[type[models.Model], str], _Inserting] = {}


def _inserting(model: type[models.Model], vendor: str) -> _Inserting:
    held = _insertions.get((model, vendor))
    if held is None:
        quote, meta = connection.ops.quote_name, model._meta
        fields, number = [field for field in meta.concrete_fields if not field.primary_key], quote(str(meta.pk.column))
        names, marks = ", ".join(quote(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
        sql = f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES ({marks}) RETURNING {number}"  # noqa: S608 names of our own columns
        held = _insertions[model, vendor] = (fields, sql)
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
    values = list(row)
    for at, (converters, expression) in plan.converters:
        for converter in converters:
            values[at] = converter(values[at], expression, connection)
    return values
