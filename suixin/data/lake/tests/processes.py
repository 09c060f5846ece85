"""Running a script of these tests in a process and a home of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path


def run(script: str, home: Path, *arguments: str) -> dict[str, object]:
    """The JSON object that `suixin.data.lake.tests.<script>` prints last."""
    home.mkdir(exist_ok=True)
    env = {key: value for key, value in os.environ.items() if key not in ("SUIXIN_LAKE", "SUIXIN_DATABASE_URL")}
    env |= {"SUIXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "suixin.site.settings"}
    command = [sys.executable, "-m", f"suixin.data.lake.tests.{script}", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found
