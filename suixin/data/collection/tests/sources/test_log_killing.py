"""kill -9 while a log is read, at every named point and at random instants, with changes between: the lake is the source, row by row."""

import random
from pathlib import Path

import pytest

from suixin.data.collection.tests.sources import own_servers
from suixin.data.collection.tests.sources.own_servers import OwnServer
from suixin.data.collection.tests.sources.test_killing import KILLS, POINTS, SEED, done, killed_after, killed_at

ROWS = 450


def changed(server: OwnServer, chance: random.Random, *, start: int) -> None:
    """Rows come, change, change their number and go; and an own transaction of more rows than a chunk has."""
    server.people(30, start=start)
    server.run("UPDATE people SET name = :name WHERE id % 7 = :rest", name=f"n{start}", rest=chance.randrange(7))
    server.run("DELETE FROM people WHERE id % 11 = :rest", rest=chance.randrange(11))
    server.run("UPDATE people SET id = id + 500000 WHERE id = :one", one=start)
    server.run("UPDATE people SET amount = amount + 1")


@pytest.mark.slow
@pytest.mark.timeout(1_800)  # some twenty processes, one after another
@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_killed_reading_of_a_log_goes_on_and_the_lake_is_the_source(migrated_home: Path, kind: str) -> None:
    with getattr(own_servers, kind)() as server:
        server.people(ROWS)
        if kind == "postgres":
            server.run("CREATE PUBLICATION city FOR TABLE people")
        done(migrated_home, "prepare", server.address, "log")
        chance, start = random.Random(SEED), 10_000
        for point in ("log_begun", *POINTS, *POINTS):
            killed_at(migrated_home, point)
            changed(server, chance, start=start)
            start += 1000
        for _ in range(KILLS):
            killed_after(migrated_home, chance.uniform(1.0, 6.0))
            changed(server, chance, start=start)
            start += 1000
        done(migrated_home, "run")
        assert done(migrated_home, "rows") == [list(row) for row in server.run("SELECT id, name FROM people ORDER BY id")]
