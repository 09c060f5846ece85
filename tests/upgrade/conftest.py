"""A home of release 0.1.0, and what this release makes of it."""

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from suixin.site.bench.processes import environment
from suixin.site.testing_runs import MadeOnce

EVIDENCE = Path(__file__).parent / "0.1.0.tar.zst"
Run = Callable[..., subprocess.CompletedProcess[str]]


def unpack(target: Path) -> dict[str, object]:
    """The old home at `target`; what must be found in it."""
    with zstandard.open(EVIDENCE, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        archive.extractall(target, filter="data")
    expected: dict[str, object] = json.loads((target / "expected.json").read_text("utf-8"))
    return expected


def grow(home: Path) -> None:
    """The old home at `home`, become one of this release."""
    unpack(home)
    ran(home, "migrate", "--quiet")


@pytest.fixture(scope="session")
def grown(made_once: MadeOnce) -> Path:
    """A home of this release that once was one of 0.1.0: never written to by tests."""
    return made_once("grown", grow)


@pytest.fixture
def home(grown: Path, tmp_path: Path) -> Path:
    """Such a home of one's own."""
    return shutil.copytree(grown, tmp_path / "home")


@pytest.fixture
def run() -> Run:
    """A command of this release as a process of its own; it must end well unless `check` is false."""
    return ran


def ran(home: Path, *words: str, module: str = "suixin.site.cli", check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
    """The finished command."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words], env=environment(home, **more), capture_output=True, text=True,
        timeout=300, check=False,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done
