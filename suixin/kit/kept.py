"""Secrets that are made once and kept in a file that only their owner reads."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def kept(path: Path, make: Callable[[], str]) -> str:
    """The text of the file; when there is none it is made first (mode 0600), whole or not at all.

    Of processes that start at once one makes it and all read the same.
    """
    if not path.exists():
        _create(path, make())
    return path.read_text("ascii").strip()


def _create(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, scratch = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(scratch, path)  # fails when another process was first; then its secret counts
    except FileExistsError:
        pass
    finally:
        Path(scratch).unlink()
