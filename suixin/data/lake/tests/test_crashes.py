"""kill -9 at every named point and at random instants leaves counts and a column checksum exact."""

import os

from suixin.data.lake.tests.processes import run

POINTS = ("archived", "judged", "files_written", "committed", "row_saved", "index_swapped")
SEED = os.environ.get("SUIXIN_SEED", "20191")


def test_kill_at_each_named_point_loses_and_doubles_nothing(migrated_home):
    assert run("crashing", migrated_home, "0", SEED, *POINTS)["points"] == len(POINTS)


def test_kill_at_random_instants_loses_and_doubles_nothing(migrated_home):
    kills = os.environ.get("SUIXIN_KILLS", "12")
    assert run("crashing", migrated_home, kills, SEED)["deliveries"] == int(kills)
