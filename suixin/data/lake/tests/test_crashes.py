"""kill -9 at every named point and at random instants leaves counts and a column checksum exact."""

import json
import os
import subprocess
import sys

POINTS = ("archived", "judged", "files_written", "committed", "row_saved", "index_swapped")


def run(home, kills: int, *points: str) -> dict[str, object]:
    home.mkdir(exist_ok=True)
    env = {key: value for key, value in os.environ.items() if key not in ("SUIXIN_LAKE", "SUIXIN_DATABASE_URL")}
    env |= {"SUIXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "suixin.site.settings", "PYTHONWARNINGS": "default"}
    seed = os.environ.get("SUIXIN_SEED", "20191")
    command = [sys.executable, "-m", "suixin.data.lake.tests.crashing", str(kills), seed, *points]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_kill_at_each_named_point_loses_and_doubles_nothing(tmp_path):
    assert run(tmp_path / "home", 0, *POINTS)["points"] == len(POINTS)


def test_kill_at_random_instants_loses_and_doubles_nothing(tmp_path):
    kills = int(os.environ.get("SUIXIN_KILLS", "12"))
    assert run(tmp_path / "home", kills)["deliveries"] == kills
