"""Every test has a home and a lake of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from suixin.data.access.tests import factories


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the lake, empty."""
    with factories.node_at(tmp_path, monkeypatch) as folder:
        yield folder / "lake"
