"""Every test has a node of its own."""

import pytest

from suixin.data.access.tests import factories
from suixin.data.doors import resolving


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    """The folder of the node, empty; a slug is the name of a table, whatever stands above the doors."""
    monkeypatch.setattr(resolving, "_finders", [])
    with factories.node_at(tmp_path, monkeypatch) as folder:
        yield folder
