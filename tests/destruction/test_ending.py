"""A person's data end in every place of a home of their own; killed anywhere, they still end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from suixin.data.lake.purging.certificate_form import verify_certificate
from suixin.site.testing_database import place_migrated


def run(task: str, home: Path) -> dict[str, object]:
    """The JSON object that `tests.destruction.ending` prints."""
    place_migrated(home)
    env = {key: value for key, value in os.environ.items() if key not in ("SUIXIN_LAKE", "SUIXIN_DATABASE_URL")}
    env |= {"SUIXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "suixin.site.settings"}
    command = [sys.executable, "-m", "tests.destruction.ending", task]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What became of one person."""
    return run("whole", tmp_path_factory.mktemp("ending") / "home")


def test_no_file_of_the_home_holds_the_person_whom_many_held_before(told):
    assert {"cache", "index", "lake"} <= set(told["before"])
    assert told["left"] == []
    assert told["neighbour"] > 0


def test_found_again_anywhere_it_does_not_end_and_says_where(told):
    assert "catalog.Resource.abstract" in told["trouble"]
    assert "没有出具销毁证明" in told["trouble"]


def test_the_certificate_counts_places_and_names_nobody(told):
    table = told["certificate"]["tables"][0]
    assert (table["rows"], table["rejected"], len(table["originals"])) == (3, 1, 3)
    assert {"下载缓存", "列探查", "填报草稿中的行", "数据指纹"} <= set(table["places"])
    assert "SN9900" not in told["file"]
    assert told["sealed"] == ""
    assert told["audit"] == [1, 1, 1]


def test_the_certificate_is_verified_off_line_and_tells_when_it_was_changed(told):
    trusted = [told["certificate"]["fingerprint"]]
    assert verify_certificate(told["file"].encode(), trusted=trusted).is_intact
    changed = told["file"].replace('"rows":3', '"rows":2').encode()
    assert [one.what for one in verify_certificate(changed, trusted=trusted).faults] == ["signature"]
    assert [one.what for one in verify_certificate(changed[:-9], trusted=trusted).faults] == ["form"]


def test_each_batch_knows_what_it_lost(told):
    assert told["batches"] == [[40, 1, 0], [2, 1, 1], [3, 1, 0], [10, 0, 0]]


def test_killed_at_each_point_it_comes_to_the_same_end(tmp_path):
    assert run("killed", tmp_path / "home")["points"] == 8
