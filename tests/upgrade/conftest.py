"""A home of release 0.1.0, unpacked anew for every test."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from suixin.site.bench.processes import environment

EVIDENCE = Path(__file__).parent / "0.1.0.tar.zst"
Run = Callable[..., subprocess.CompletedProcess[str]]


def unpack(target: Path) -> dict[str, object]:
    """The old home at `target`; what must be found in it."""
    with zstandard.open(EVIDENCE, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        archive.extractall(target, filter="data")
    expected: dict[str, object] = json.loads((target / "expected.json").read_text("utf-8"))
    return expected


@pytest.fixture
def old_home(tmp_path: Path) -> Path:
    """The home as release 0.1.0 left it."""
    unpack(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def run() -> Run:
    """A command of this release as a process of its own; it must end well unless `check` is false."""

    def ran(home: Path, *words: str, module: str = "suixin.site.cli", check: bool = True, **more: str):
        done = subprocess.run(
            [sys.executable, "-m", module, *words], env=environment(home, **more), capture_output=True, text=True,
            timeout=300, check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    return ran
