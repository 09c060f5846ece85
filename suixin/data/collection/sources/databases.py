"""Databases through SQLAlchemy core: read-only transactions, server-side cursors, one consistent reading a run.

No value is ever written into a query's text and no identifier quoted by hand. ADBC is not used: the chunk that is
archived is text, and the drivers of this module give it with the errors that a person can be told about.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    and_,
    cast,
    create_engine,
    event,
    inspect,
    literal,
    or_,
    select,
    text,
    type_coerce,
    types,
)
from sqlalchemy.exc import DBAPIError, NoSuchTableError, SQLAlchemyError

from suixin.data.collection.errors import DriverMissing, SourceFault, TableGone, WrongSource
from suixin.data.collection.sources import places, selecting
from suixin.data.collection.sources.base import Column, Option, Piece, Reading, RowConnector, Settings, TableName
from suixin.data.collection.sources.cells import as_text, batch_of
from suixin.data.collection.sources.database_faults import fault_of
from suixin.data.collection.sources.dialects import address_of, careful_statements, connect_arguments, url_of
from suixin.data.collection.sources.logs import Cells, ChangeLog, Watched
from suixin.data.collection.sources.mariadb_log import MariadbLog
from suixin.data.collection.sources.postgres_log import PostgresLog
from suixin.data.collection.sources.selecting import column_of

FETCH_ROWS = 10_000
MOST_TABLES = 5000
COUNT_SECONDS = 15
_FAMILIES: tuple[tuple[type[object], str], ...] = (
    (types.Boolean, "boolean"), (types.Integer, "integer"), (types.Float, "float"), (types.Numeric, "decimal"),
    (types.DateTime, "datetime"), (types.Date, "date"), (types.Time, "time"), (types.LargeBinary, "binary"),
    (types.JSON, "json"),
)
_OF_TEXT: tuple[tuple[type[object], Callable[[str], object]], ...] = (
    (types.DateTime, datetime.fromisoformat), (types.Date, date.fromisoformat), (types.Numeric, Decimal), (types.Integer, int),
)
log = logging.getLogger(__name__)


class DatabaseConnector(RowConnector):
    """One database of another system."""

    ADDRESS = "postgresql://用户@主机:5432/库名"
    OPTIONS = (
        Option("password", "密码", is_secret=True, hint="只用于读取的账号的密码;加密保存,不再显示。"),
        Option("schema", "模式(schema)", hint="留空为该账号的默认模式。"),
        Option("seconds", "单条语句时限(秒)", "integer", "300", least=1, most=86_400, hint="超过就中断,不拖累来源系统。"),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.address = address_of(settings.address)
        self.seconds = settings.whole("seconds", 300)
        self._engine: Engine | None = None

    def close(self) -> None:
        """End the connection."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def check(self) -> str:
        """Whether it answers, who we are there, how many tables we may read."""
        with self.connected() as connection:
            connection.execute(text("SELECT 1")).scalar()
            found = self._names(connection)
        if not found:
            return f"{self.address.dialect.title} 连接正常,但账号“{self.address.user}”看不到任何表;请来源单位授予只读权限。"
        return f"{self.address.dialect.title} 连接正常,可读的表和视图 {len(found)} 个。"

    def tables(self) -> list[TableName]:
        """Tables, then views, of the schema."""
        with self.connected() as connection:
            return self._names(connection)

    def columns(self, table: str) -> tuple[Column, ...]:
        """Columns as declared, those of the primary key marked."""
        with self.connected() as connection:
            found = self._table(connection, table)
            return tuple(
                Column(str(one.name), _family(one.type), _native(one.type, connection), bool(one.primary_key)) for one in found.columns
            )

    def count(self, reading: Reading) -> int | None:
        """Rows of the reading; None when counting takes too long."""
        try:
            with self.connected(seconds=min(COUNT_SECONDS, self.seconds)) as connection:
                statement = selecting.counting_of(self._table(connection, reading.table), reading)
                return connection.execute(statement).scalar_one()
        except SourceFault:
            return None

    def read(self, reading: Reading) -> Iterator[Piece]:
        """Rows in order, through one server-side cursor or one COPY."""
        with self.connected() as connection:
            table = self._table(connection, reading.table)
            if self.address.scheme == "sqlite":  # its columns hold what they like, so their declared types say nothing
                for column in table.columns:
                    column.type = types.NullType()
            names = selecting.names_of(reading)
            readers = [(names.index(name), _reader(column_of(table, name))) for name in reading.order]
            for rows, last in self._streamed(connection, table, reading):
                yield Piece(rows, places.place_of([read(last[at]) for at, read in readers]))

    def _streamed(self, connection: Connection, table: Table, reading: Reading) -> Iterator[tuple[pa.RecordBatch, Sequence[object]]]:
        """The columns of the reading, piece by piece, and all that was selected of the last row of each."""
        statement = selecting.reading_of(table, reading)
        if self.address.scheme == "postgresql":
            from suixin.data.collection.sources import postgres_copy  # of an extra that need not be installed

            if postgres_copy.is_fit(connection, table, reading):
                for batch in postgres_copy.rows_of(connection, table, statement, reading=reading, seconds=self.seconds):
                    yield batch.select(list(reading.columns)), [column[-1].as_py() for column in batch.columns]
                return
        size = min(FETCH_ROWS, reading.piece_rows)
        streamed = connection.execution_options(stream_results=True, yield_per=size).execute(statement)
        driver = connection.connection.dbapi_connection
        try:
            for rows in streamed.partitions(size):
                yield batch_of(reading.columns, rows), rows[-1]
        except BaseException:
            _hang_up(driver)
            with suppress(SQLAlchemyError):
                streamed.close()
            raise

    def log(self, watched: Watched) -> ChangeLog:
        """The log of the database for one table. Raises WrongSource: of this kind none can be read."""
        match self.address.scheme:
            case "postgresql":
                return PostgresLog(self, watched)
            case "mysql" | "mariadb":
                if find_spec("pymysqlreplication") is None:
                    raise DriverMissing("读 MariaDB 的日志需要的软件包没有安装;请平台运维执行 pip install suixin[mysql],重启后再试。")
                return MariadbLog(self, watched)
            case _:
                title = self.address.dialect.title
                raise WrongSource(f"{title} 的日志读不了;按日志采集只用于 PostgreSQL 和 MariaDB,请改用增量列或全量读取。")

    def rows_of(self, watched: Watched, keys: Sequence[Cells]) -> list[Cells]:
        """The rows of these keys (cells in the order of `watched.key`) as they are now; what is not there is left out."""
        with self.connected() as connection:
            table = self._table(connection, watched.table)
            named = [selecting.column_of(table, name) for name in watched.key]
            wanted = or_(*(and_(*(one == self._bound(one, cell) for one, cell in zip(named, key, strict=True))) for key in keys))
            raw = [type_coerce(selecting.column_of(table, name), types.NullType()).label(f"c{n}") for n, name in enumerate(watched.columns)]
            return [tuple(as_text(value) for value in row) for row in connection.execute(select(*raw).where(wanted))]

    def _bound(self, column: ColumnElement[object], cell: str | None) -> object:
        """A cell as a value that the column can be compared with."""
        if cell is not None and isinstance(column.type, types.Integer):
            return int(cell)
        return cast(literal(cell, String), column.type) if self.address.scheme == "postgresql" else cell

    def _names(self, connection: Connection) -> list[TableName]:
        looked = inspect(connection)
        schema = self.settings.text("schema") or None
        names = [TableName(str(name)) for name in looked.get_table_names(schema=schema)]
        names += [TableName(str(name), "视图") for name in looked.get_view_names(schema=schema)]
        return names[:MOST_TABLES]

    def _table(self, connection: Connection, name: str) -> Table:
        try:
            schema = self.settings.text("schema") or None
            return Table(name, MetaData(), autoload_with=connection, schema=schema, resolve_fks=False)
        except NoSuchTableError as error:
            raise TableGone(f"来源库里没有表“{name}”,可能已被删除或改名;请与来源单位核对,恢复后再运行,或重新选择表。") from error

    @contextmanager
    def connected(self, *, seconds: int | None = None) -> Iterator[Connection]:
        """A connection in a read-only transaction; the driver's errors as sentences."""
        try:
            with self._opened(seconds).connect() as connection:
                yield connection.execution_options(**self._isolation())
        except DBAPIError as error:
            raise fault_of(error, self.address) from error
        except SQLAlchemyError as error:
            raise SourceFault(f"读取 {self.address.dialect.title} 出错({type(error).__name__});请联系平台运维查看日志。") from error
        finally:
            if seconds is not None:
                self.close()

    def _opened(self, seconds: int | None) -> Engine:
        if seconds is not None:
            self.close()
        if self._engine is None:
            self._engine = create_engine(
                url_of(self.address, self.settings.secrets.get("password", "")), pool_size=1, max_overflow=0,
                connect_args=connect_arguments(self.address, seconds or self.seconds), hide_parameters=True,
            )
            statements, is_postgres = careful_statements(self.address), self.address.scheme == "postgresql"

            @event.listens_for(self._engine, "connect")
            def made(connection, record):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 the driver's own objects
                if is_postgres:
                    _leave_as_text(connection)
                cursor = connection.cursor()
                for statement in statements:
                    cursor.execute(statement)
                cursor.close()

        return self._engine

    def _isolation(self) -> dict[str, object]:
        match self.address.scheme:
            case "postgresql":
                return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            case "mysql" | "mariadb":
                return {"isolation_level": "REPEATABLE READ"}
            case _:
                return {}


def _leave_as_text(connection) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 the driver's own object
    """What is kept as text anyway comes as the server writes it: making objects of it costs more than all the rest."""
    as_text = connection.adapters.get_loader(connection.adapters.types["text"].oid, 0)
    for name in ("numeric", "date", "timestamp"):
        connection.adapters.register_loader(name, as_text)


def _reader(column: ColumnElement[object]) -> Callable[[object], object]:
    """What makes a value of the order of such a text again, for places."""
    found = next((made for kind, made in _OF_TEXT if isinstance(column.type, kind)), None)

    def read(value: object) -> object:
        try:
            return found(value) if found is not None and isinstance(value, str) else value
        except (ValueError, ArithmeticError) as error:
            raise SourceFault(f"列“{column.key}”里有“{str(value)[:40]}”,不能据此续传;请与来源单位核对,或改选别的增量列。") from error

    return read


def _hang_up(driver: object) -> None:
    """End a stream of MySQL at once: closing its cursor would first read every row that is left. Others need nothing."""
    result, force = getattr(driver, "_result", None), getattr(driver, "_force_close", None)
    if result is not None and force is not None:
        force()  # the only way of PyMySQL to close without talking
        result.unbuffered_active = False


def _family(kind: types.TypeEngine[object]) -> str:
    return next((family for declared, family in _FAMILIES if isinstance(kind, declared)), "text")


def _native(kind: types.TypeEngine[object], connection: Connection) -> str:
    try:
        return str(kind.compile(connection.dialect))
    except SQLAlchemyError:
        return type(kind).__name__
