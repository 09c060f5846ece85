"""Real database servers of this machine for tests, and sources on them; a server that does not answer skips by name."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.collection import declaring, feeding
from suixin.data.collection.declaring import FeedDraft, SourceDraft
from suixin.data.collection.models import Feed, FeedRun, Source
from suixin.data.collection.opening import connector_of
from suixin.data.collection.sources.base import Kind, RowConnector
from suixin.data.lake import storage
from suixin.kit.actor import SYSTEM

POSTGRES = os.environ.get("SUIXIN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
MARIADB = os.environ.get("SUIXIN_TEST_MARIADB", "mysql://root@127.0.0.1:3306")
ITEMS = (
    ItemSpec("id", "编号", ItemType.INTEGER, is_key=True, nullable=False),
    ItemSpec("name", "姓名", ItemType.TEXT, 50),
    ItemSpec("amount", "金额", ItemType.NUMBER, 12, 2),
    ItemSpec("changed", "更新时间", ItemType.DATETIME),
)
COLUMNS = "id BIGINT PRIMARY KEY, name VARCHAR(80), amount NUMERIC(12,2), changed TIMESTAMP NOT NULL"


class Server:
    """One database of its own on a server, and the address of it as a source has it."""

    def __init__(self, engine: Engine, address: str) -> None:
        self.engine, self.address = engine, address
        is_mysql = address.startswith("mysql")  # whose TIMESTAMP is an instant, shown in the session's zone
        self.columns = COLUMNS.replace("TIMESTAMP", "DATETIME") if is_mysql else COLUMNS

    def run(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Rows of the statement; none of one that gives none."""
        with self.engine.begin() as connection:
            done = connection.execute(text(statement), values)
            return [tuple(row) for row in done] if done.returns_rows else []

    def people(self, count: int, *, start: int = 1, minute: int = 0) -> None:
        """Rows of the table `people`, made when missing; one minute of `changed` for each hundred of them."""
        self.run(f"CREATE TABLE IF NOT EXISTS people ({self.columns})")
        rows = [
            {"i": n, "n": f"人员{n}", "a": f"{n}.50", "c": f"2026-01-01 {8 + at // 60:02d}:{at % 60:02d}:00"}
            for n in range(start, start + count) for at in [minute + n // 100]
        ]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(text("INSERT INTO people VALUES (:i, :n, :a, :c)"), rows)


@contextmanager
def postgres() -> Iterator[Server]:
    """A database of its own on the PostgreSQL server."""
    base = POSTGRES.rpartition("/")[0]
    driver = base.replace("postgresql://", "postgresql+psycopg://")
    with _own(f"{driver}/postgres", lambda name: f"{driver}/{name}", lambda name: f"{base}/{name}", "PostgreSQL") as server:
        yield server


@contextmanager
def mariadb() -> Iterator[Server]:
    """A database of its own on the MariaDB server."""
    driver = MARIADB.replace("mysql://", "mysql+pymysql://")
    with _own(driver, lambda name: f"{driver}/{name}?charset=utf8mb4", lambda name: f"{MARIADB}/{name}", "MariaDB") as server:
        yield server


@contextmanager
def sqlite(folder: Path) -> Iterator[Server]:
    """A database file below the folder of sources."""
    path = folder / "people.db"
    engine = create_engine(f"sqlite:///{path}")
    yield Server(engine, f"sqlite://{path}")
    engine.dispose()


@contextmanager
def _own(admin: str, driver, address, title) -> Iterator[Server]:
    name = f"suixin_source_{secrets.token_hex(4)}"
    root = create_engine(admin, isolation_level="AUTOCOMMIT")
    try:
        with root.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except DBAPIError as error:
        pytest.skip(f"no {title} server answers: {error.orig}")
    engine = create_engine(driver(name))
    try:
        yield Server(engine, address(name))
    finally:
        engine.dispose()
        with root.connect() as connection:
            force = " WITH (FORCE)" if title == "PostgreSQL" else ""
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}{force}"))
        root.dispose()


def source_of(server: Server, **changes: object) -> Source:
    """The database declared as a source of the bureau."""
    draft = SourceDraft("人口库", f"people-{secrets.token_hex(3)}", Kind.DATABASE, factories.bureau(), server.address, **changes)  # type: ignore[arg-type]  # test data
    return declaring.declare_source(draft, actor=SYSTEM)


def feed_of(source: Source, *, resource: Resource | None = None, table: str = "people", **changes: object) -> Feed:
    """A feed of that table into an entry of its own, columns as they are now."""
    target = resource or factories.published("people_list", ITEMS)
    with connector_of(source) as connector:
        assert isinstance(connector, RowConnector)
        columns = connector.columns(table)
    given: dict[str, object] = {"schedule": "", **changes}
    given.setdefault("mapping", declaring.suggested_mapping(columns, target))
    return declaring.declare_source_feed(source, target, FeedDraft(table, **given), columns=columns, actor=SYSTEM)  # type: ignore[arg-type]  # test data


def ran(feed: Feed, **options: object) -> FeedRun:
    """A run of the feed, done here and now."""
    run = feeding.start_run(feed, actor=SYSTEM, in_background=False, **options)  # type: ignore[arg-type]  # test data
    return feeding.work(run, actor=SYSTEM)


def lake_rows(*fields: str, table: str = "people_list") -> list[tuple[object, ...]]:
    """The table's rows as they lie in the lake, by the first field."""
    files = DeltaTable(storage.table_folder(table)).file_uris()
    if not files:
        return []
    found = pa.concat_tables(pq.ParquetFile(path).read(list(fields)) for path in files)
    return sorted(tuple(row[name] for name in fields) for row in found.to_pylist())
