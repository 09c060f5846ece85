"""A receiver's database: connected with care, its tables made, what we keep there.

Kept there   `suixin_exchange`: version and place of each exchange, written in the transaction that writes the rows, so that rows
             and place stand or fall together whatever is killed when; `suixin_refused`: fingerprints of rows it would not take
Tried with   PostgreSQL, MariaDB, SQLite; others that SQLAlchemy speaks to are refused, since exactly once was not tried there
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self  # Any: what a column of each type holds

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    inspect,
    types,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.sql.schema import SchemaConst

from suixin.data.access.plans import Column as Shown
from suixin.data.access.plans import Plan
from suixin.data.catalog.contract import ItemType
from suixin.data.collection.sources.database_faults import fault_of
from suixin.data.collection.sources.dialects import Address, address_of, connect_arguments, local_path, url_of
from suixin.data.doors.errors import ReceiverFault, WrongExchange
from suixin.data.doors.models import Target

TRIED = ("postgresql", "mysql", "mariadb", "sqlite")
STATEMENT_SECONDS = 3600
_KEY_CHARACTERS, _LONGEST_VARCHAR = 190, 4000
_meta = MetaData()
POSITIONS = Table(
    "suixin_exchange", _meta, Column("exchange", String(36), primary_key=True), Column("version", BigInteger, nullable=False),
    Column("shape", String(32), nullable=False), Column("loading", BigInteger), Column("place", BigInteger, nullable=False),
    Column("staged", Integer, nullable=False),
)
REFUSED = Table(
    "suixin_refused", _meta, Column("exchange", String(36), primary_key=True), Column("row_print", String(64), primary_key=True),
    Column("reason", String(190), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Position:
    """How far an exchange is. `version`: what the table shows (-1: nothing yet); `loading`: the version that is being loaded whole,
    of which `place` rows were handled, into a staging table when `staged`.
    """

    version: int = -1
    shape: str = ""
    loading: int | None = None
    place: int = 0
    staged: bool = False


class Receiver:
    """One opened database of a receiver; a context manager."""

    def __init__(self, target: Target) -> None:
        self.address, self.schema = require_tried(target.address), target.schema or None
        self.engine = _engine(self.address, target.secret)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    @property
    def kind(self) -> str:
        """postgresql, mysql or sqlite."""
        return "mysql" if self.address.scheme == "mariadb" else self.address.scheme

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in one transaction; the driver's errors as sentences. Raises ReceiverFault."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise ReceiverFault(f"接收库出错,本次写入已全部撤回:{fault_of(error, self.address).sentence}") from error
        except SQLAlchemyError as error:
            raise ReceiverFault(f"接收库出错({type(error).__name__}),本次写入已全部撤回;请联系平台运维查看日志。") from error

    def prepare(self) -> None:
        """Our two tables made where they are not."""
        with self.transaction() as connection:
            for table in (POSITIONS, REFUSED):
                self.own(table).create(connection, checkfirst=True)

    def own(self, table: Table) -> Table:
        """One of our two tables under the receiver's schema."""
        return table.to_metadata(MetaData(), schema=self.schema or SchemaConst.RETAIN_SCHEMA)

    def table(self, name: str, connection: Connection) -> Table | None:
        """The table as it is there, None when it is not."""
        if not inspect(connection).has_table(name, schema=self.schema):
            return None
        return Table(name, MetaData(), autoload_with=connection, schema=self.schema, resolve_fks=False)

    def made(self, name: str, plan: Plan, mapping: Mapping[str, str], *, connection: Connection) -> Table:
        """The table, made with the plan's columns and key; there already it stays as it is."""
        is_keyed = is_keyed_by(plan)
        columns = [
            Column(mapping[one.field], _type(one, self.kind, is_key=is_keyed and one.item.is_key), primary_key=is_keyed and one.item.is_key,
                   nullable=not (is_keyed and one.item.is_key), autoincrement=False)
            for one in plan.columns if one.field in mapping
        ]
        table = Table(
            name, MetaData(), *columns, schema=self.schema, mysql_charset="utf8mb4", mysql_collate="utf8mb4_bin", mysql_engine="InnoDB",
        )
        table.create(connection, checkfirst=True)
        return table


def is_keyed_by(plan: Plan) -> bool:
    """Whether the plan shows the whole key unmasked, so that rows of the receiver can be found by it."""
    shown = {one.field for one in plan.columns if not one.mask}
    return bool(plan.contract.key) and set(plan.contract.key) <= shown


def require_tried(address: str) -> Address:
    """The address taken apart. Raises WrongExchange, the errors of `address_of`."""
    found = address_of(address)
    if found.scheme not in TRIED:
        raise WrongExchange(f"库表交换只写入 {'、'.join(TRIED[:1] + TRIED[2:])};{found.dialect.title} 请改用 Delta Sharing。")
    return found


def _engine(address: Address, password: str) -> Engine:
    if address.scheme == "sqlite":
        path = local_path("/" + address.database.lstrip("/"))
        made = create_engine(URL.create("sqlite+pysqlite", database=str(path)), hide_parameters=True, connect_args={"timeout": 30})
        _begin_at_once(made)
        return made
    arguments = connect_arguments(address, STATEMENT_SECONDS)
    if address.scheme in ("mysql", "mariadb"):
        arguments["init_command"] = "SET SESSION time_zone = '+08:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
    level = {"mysql": "READ COMMITTED", "mariadb": "READ COMMITTED"}.get(address.scheme)
    options = {"isolation_level": level} if level else {}
    return create_engine(url_of(address, password), pool_size=1, max_overflow=0, connect_args=arguments, hide_parameters=True, **options)


def _begin_at_once(engine: Engine) -> None:
    """Python's driver of SQLite begins transactions when it likes; ours begin where they say, so that savepoints hold."""

    @event.listens_for(engine, "connect")
    def connected(connection, record):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 the driver's own objects
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begun(connection):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 SQLAlchemy's own object
        with suppress(AttributeError):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _type(column: Shown, kind: str, *, is_key: bool) -> types.TypeEngine[Any]:
    match column.type:
        case ItemType.NUMBER | ItemType.MONEY:
            precision, scale = column.item.arrow_type.precision, column.item.arrow_type.scale  # type: ignore[attr-defined]  # a decimal
            return types.String(precision + 3) if kind == "sqlite" else types.Numeric(precision, scale)
        case ItemType.DATE:
            return types.Date()
        case ItemType.DATETIME:
            return mysql.DATETIME(fsp=6) if kind == "mysql" else types.DateTime(timezone=True)
        case ItemType.BOOLEAN:
            return types.Boolean()
        case ItemType.INTEGER:
            return types.BigInteger()
        case ItemType.DOUBLE | ItemType.FLOAT:
            return types.Double()
        case _:
            length = column.item.length or (_KEY_CHARACTERS if is_key else 0)
            if is_key:
                return types.String(min(length, _KEY_CHARACTERS) if kind == "mysql" else length)
            return types.String(length * 2) if column.mask == "" and 0 < length <= _LONGEST_VARCHAR else types.Text()
