"""Feeds at the edge: a disk that is full, rows too wide, nothing but rejected rows, an encoding changed overnight, zones of time."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from suixin.data.access.versions import row_count
from suixin.data.collection.models import Feed, RunState
from suixin.data.collection.sources.base import Kind
from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.servers import Server, feed_of, lake_rows, ran, source_of
from suixin.data.collection.tests.sources.test_files import feed_from, put
from suixin.data.lake.errors import DiskFull
from suixin.data.lake.models import Batch
from suixin.data.lake.rejects import read_rejects
from suixin.data.lake.repair import Repaired, repair

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(reach: Path) -> Iterator[Server]:
    with servers.sqlite(reach) as found:
        yield found


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """The folder on a file system of its own that holds no more; who may not mount skips."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small file system for the test of a full disk: {done.stderr.strip()[:200]}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_stops_a_run_with_a_sentence_and_the_next_one_completes_it(server: Server, lake: Path) -> None:
    server.people(6000)
    server.engine.dispose()
    for number in range(0, 6000, 1000):  # names that do not compress
        server.run("UPDATE people SET name = hex(randomblob(24)) WHERE id BETWEEN :a AND :b", a=number, b=number + 1000)
    with small_disk(lake, "300k"):
        feed = feed_of(source_of(server), chunk_rows=500)
        with pytest.raises(DiskFull):
            ran(feed)
        landed = row_count("people_list")
        run = feed.runs.get()
        assert (0 < landed < 6000, run.state, run.rows_in) == (True, RunState.FAILED, landed)
        assert "空间" in run.sentence or "满" in run.sentence
        subprocess.run(["mount", "-o", "remount,size=64m", str(lake)], check=True)
        ran(Feed.objects.get(pk=feed.pk))
        assert (row_count("people_list"), len({row[0] for row in lake_rows("id")}), repair()) == (6000, 6000, Repaired())


def test_row_too_wide_is_rejected_alone(server: Server) -> None:
    server.people(20)
    server.run("UPDATE people SET name = :wide WHERE id = 7", wide="宽" * 2_000_000)
    run = ran(feed_of(source_of(server)))
    assert (run.accepted, run.rejected) == (19, 1)
    [kept] = read_rejects("people_list", Batch.objects.get().pk)
    assert "length" in json.dumps(kept.reasons)


def test_nothing_but_rejected_rows_is_kept_and_told_in_one_sentence(server: Server) -> None:
    server.people(30_000)
    server.run("UPDATE people SET name = :long", long="长" * 60)
    run = ran(feed_of(source_of(server), chunk_rows=15_000))
    assert (run.state, run.rows_in, run.rejected, len(run.sentence) < 200) == (RunState.DONE, 30_000, 30_000, True)
    kept = [len(read_rejects("people_list", batch.pk, limit=30_000)) for batch in Batch.objects.order_by("pk")]
    assert (sum(kept), len(kept), row_count("people_list")) == (30_000, 2, 0)


def test_encoding_that_changes_overnight_changes_no_text(reach: Path) -> None:
    feed = feed_from(Kind.FOLDER, str(reach / "dept"))
    for day, encoding in enumerate(("utf-8", "gb18030", "utf-16", "utf-8-sig")):
        put(reach, f"dept/day{day}.csv", f"代码,名称,数量,日期\nE{day},遂宁市安居区㐀镇,1,2024-01-0{day + 1}\n".encode(encoding))
        os.utime(reach / f"dept/day{day}.csv", (1_760_000_000 + day, 1_760_000_000 + day))
        assert ran(feed).accepted == 1
    assert lake_rows("code", "name", table="some_table") == [(f"E{day}", "遂宁市安居区㐀镇") for day in range(4)]


def test_instants_keep_their_moment_whatever_zone_they_are_written_in() -> None:
    with servers.postgres() as server:
        server.run("CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(80), amount NUMERIC(12,2), changed TIMESTAMPTZ NOT NULL)")
        for number, text in enumerate(("2026-03-29 01:59:59+01", "2026-03-29 03:00:00+02", "2026-03-29 09:00:00+08"), 1):
            server.run(f"INSERT INTO people VALUES (:n, 'a', 1, '{text}')", n=number)
        feed = feed_of(source_of(server), cursor="changed")
        assert (ran(feed).rows_in, ran(feed).rows_in) == (3, 0)
        moments = [datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), *[datetime(2026, 3, 29, 1, tzinfo=UTC)] * 2]
        assert [row[1] for row in lake_rows("id", "changed")] == moments
