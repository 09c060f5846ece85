"""What COPY gives is what the cursor gives, cell by cell; and what it cannot give it leaves to the cursor."""

from collections.abc import Iterator

import pytest

from suixin.data.collection.errors import SourceFault
from suixin.data.collection.models import Source
from suixin.data.collection.opening import connector_of
from suixin.data.collection.sources import postgres_copy
from suixin.data.collection.sources.base import Piece, Reading, RowConnector
from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.servers import Server, source_of

pytestmark = pytest.mark.django_db(transaction=True)
ODD = (
    "id BIGINT PRIMARY KEY, t TEXT, c CHAR(5), n NUMERIC, d DATE, m TIMESTAMP, b BOOLEAN, f DOUBLE PRECISION, r REAL, i SMALLINT, "
    '"a%b" VARCHAR(9)'
)
ROWS = (
    "(1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "(2, '', 'ab', 0.10, '0044-03-15 BC', '2026-01-01 08:00:00.5', true, 0.1, 0.1, -1, '100%')",
    "(3, E'\\ufeff遂宁\\r\\n,\"引号\"', '中', 'NaN', 'infinity', '-infinity', false, 'NaN', 1e20, 7, E'\\\\.')",
    "(4, E'\\\\.', '', 12345678901234567890.5, '12026-01-01', '2026-01-01', true, '-Infinity', -0.0, 0, '''')",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with servers.postgres() as found:
        found.run(f"CREATE TABLE odd ({ODD})")
        for row in ROWS:
            found.run(f"INSERT INTO odd VALUES {row}".replace(":", "\\:"))
        found.run("CREATE TABLE lone (word TEXT)")
        found.run("INSERT INTO lone VALUES (NULL), (''), ('x'), (NULL)")
        yield found


def pieces(server: Server, reading: Reading, *, source: Source | None = None) -> list[Piece]:
    with connector_of(source or source_of(server)) as connector:
        assert isinstance(connector, RowConnector)
        return list(connector.read(reading))


def test_odd_cells_are_those_of_the_cursor(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading("odd", tuple(part.split()[0].strip('"') for part in ODD.split(", ")), ("id",), piece_rows=3)
    copied = pieces(server, reading)
    monkeypatch.setattr(postgres_copy, "is_fit", lambda *_: False)
    told = pieces(server, reading)
    assert [(one.data.to_pylist(), one.place) for one in copied] == [(one.data.to_pylist(), one.place) for one in told]
    assert [one.data.num_rows for one in copied] == [3, 1]


def test_column_of_nothing_has_its_rows_and_order_may_go_by_what_is_not_taken(server: Server) -> None:
    [lone] = pieces(server, Reading("lone", ("word",)))
    assert sorted(lone.data.column("word").to_pylist(), key=str) == ["", None, None, "x"]
    [ordered] = pieces(server, Reading("odd", ("t",), ("id",)))
    assert (ordered.data.schema.names, ordered.place) == (["t"], {"order": [4]})


def test_piece_that_does_not_come_in_time_ends_the_reading(server: Server) -> None:
    server.run("CREATE VIEW dragging AS SELECT id, pg_sleep(CASE WHEN id > 2 THEN 3 ELSE 0 END) IS NULL AS waited FROM odd")
    slow = source_of(server, options={"seconds": 1})
    with pytest.raises(SourceFault, match="没有在时限内答复"):
        pieces(server, Reading("dragging", ("id", "waited"), ("id",), piece_rows=1), source=slow)
