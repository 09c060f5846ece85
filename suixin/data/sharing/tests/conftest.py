"""Every test has a node of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from suixin.data.access.tests import factories


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the node, its lake empty."""
    with factories.node_at(tmp_path, monkeypatch) as folder:
        yield folder
