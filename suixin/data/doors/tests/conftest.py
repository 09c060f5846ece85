"""Every test has a node of its own."""

import pytest

from suixin.data.access.tests import factories


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    """The folder of the node, empty."""
    with factories.node_at(tmp_path, monkeypatch) as folder:
        yield folder
