"""The folder in which the processes of one server count: SUIXIN_HOME/state/metrics/<pid of the server>/.

`suixin serve` makes it before any process imports the metrics; folders of servers that are gone are removed then.
"""

import os
import shutil
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def fresh(home: Path) -> Path:
    """An empty folder for this server."""
    root = home / "state" / "metrics"
    root.mkdir(parents=True, exist_ok=True)
    for child in root.iterdir():
        if child.name == str(os.getpid()) or not _lives(child.name):
            shutil.rmtree(child, ignore_errors=True)
    own = root / str(os.getpid())
    own.mkdir()
    return own


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
