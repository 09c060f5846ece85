"""Where packages lie: SUIXIN_HOME/packages/<uuid>.sxp, which a backup leaves out; one builder of a package at a time.

Evidence of each lies in SUIXIN_HOME/evidence/packages/<uuid>.json, and outlasts it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from suixin.data.doors.files.models import Package


def folder() -> Path:
    """The folder of all packages."""
    return Path(settings.SUIXIN.home).resolve() / "packages"


def scratch() -> Path:
    """Where the query engine may write what is packed next."""
    made = Path(settings.SUIXIN.home).resolve() / "tmp" / "duckdb"
    made.mkdir(parents=True, exist_ok=True, mode=0o700)
    return made


def path_of(package: Package) -> Path:
    """The package's file, there or not."""
    return folder() / f"{package.uuid}.sxp"


def evidence_of(package: Package) -> Path:
    """The signed receipt of the rows that are in it; it outlasts the package."""
    return Path(settings.SUIXIN.home).resolve() / "evidence" / "packages" / f"{package.uuid}.json"


def keep_evidence(package: Package, content: bytes) -> None:
    """The evidence at its place, whole or not at all."""
    path = evidence_of(package)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def remove(package: Package) -> None:
    """The package's file is gone, with what a crash left of it; readers that have it open are told at their next piece."""
    path_of(package).unlink(missing_ok=True)
    for part in folder().glob(f".{package.uuid}.*.part"):
        part.unlink(missing_ok=True)


@contextmanager
def turn(package: Package, *, is_waiting: bool = True) -> Iterator[bool]:
    """Only one process or thread builds or removes the package inside the block; False when another does, with `is_waiting` never."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder() / f".{package.uuid}.turn").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if is_waiting else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def forget_leftovers(before: float) -> None:
    """What crashes left, and locks of packages that are done, last touched before that time (seconds), are gone."""
    for path in (*folder().glob(".*"), *scratch().glob("package-*")):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
