"""kill -9 in the middle of a run, at every named point and at random instants: each row of the source is there, once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from suixin.data.collection.tests.sources import servers

ROWS = 2000
POINTS = ("chunk_archived", "judged", "committed", "row_saved", "chunk_landed")
SEED = os.environ.get("SUIXIN_SEED", "20191")
KILLS = int(os.environ.get("SUIXIN_KILLS", "4"))


def process(home: Path, *words: str, crash: str = "") -> "subprocess.Popen[str]":
    env = {key: value for key, value in os.environ.items() if key not in ("SUIXIN_LAKE", "SUIXIN_DATABASE_URL")}
    env |= {"SUIXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "suixin.site.settings", "SUIXIN_CRASH_AT": crash}
    command = [sys.executable, "-m", "suixin.data.collection.tests.sources.killing", *words]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def done(home: Path, *words: str) -> object:
    told, error = process(home, *words).communicate()
    assert told, error[-3000:]
    return json.loads(told.splitlines()[-1])


def killed_at(home: Path, point: str) -> None:
    running = process(home, "run", crash=point)
    error = running.communicate()[1]
    assert running.returncode == -signal.SIGKILL, error[-3000:]


def killed_after(home: Path, seconds: float) -> None:
    running = process(home, "run")
    time.sleep(seconds)  # the instant is what is tried
    running.kill()
    running.communicate()


@pytest.mark.slow
@pytest.mark.timeout(1_800)  # some dozen processes, one after another
@pytest.mark.parametrize("cursor", ["-", "changed"])
def test_killed_run_goes_on_and_every_row_is_there_once(migrated_home: Path, cursor: str) -> None:
    with servers.postgres() as server:
        server.people(ROWS)
        home = migrated_home
        done(home, "prepare", server.address, cursor)
        for point in POINTS if cursor == "changed" else POINTS[::2]:
            killed_at(home, point)
        chance = random.Random(SEED)
        for _ in range(KILLS):
            killed_after(home, chance.uniform(1.0, 6.0))
        done(home, "run")
        found = done(home, "count")
        assert isinstance(found, list)
        assert (found[:3], found[4]) == ([ROWS, ROWS, ROWS * (ROWS + 1) // 2], 0)
        if cursor == "changed":  # what runs say they read is what the source has: nothing was read into the lake twice
            assert found[3] == ROWS


@pytest.mark.slow
@pytest.mark.timeout(1_800)  # as above
def test_killed_whole_state_lands_once_and_half_of_one_never_deletes(migrated_home: Path) -> None:
    with servers.postgres() as server:
        server.people(ROWS)
        home = migrated_home
        done(home, "prepare", server.address, "whole")
        done(home, "run")
        for number, point in enumerate(("chunk_archived", "judged", "files_written", "committed", "chunk_landed"), 1):
            server.run("DELETE FROM people WHERE id = :i", i=number)
            killed_at(home, point)
            assert done(home, "count")[0] in (ROWS - number + 1, ROWS - number)  # type: ignore[index]  # a list of numbers
            done(home, "run")
            left = list(range(number + 1, ROWS + 1))
            assert done(home, "count")[:3] == [len(left), len(left), sum(left)]  # type: ignore[index]  # as above
