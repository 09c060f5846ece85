"""A node, and receivers' databases on real servers."""

from dataclasses import replace

import pytest
from django.conf import settings

from suixin.data.access.tests import factories
from suixin.data.collection.tests.sources import servers


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    """The folder of the node; receivers on this machine may be reached, as an installation would allow its own network."""
    with factories.node_at(tmp_path, monkeypatch) as folder:
        (folder / "incoming").mkdir()
        changed = replace(settings.SUIXIN, source_networks=("127.0.0.0/8",), source_folders=(str(folder / "incoming"),))
        monkeypatch.setattr(settings, "SUIXIN", changed)
        yield folder


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def receiver(request, node):
    """A receiver's database of its own, of each kind."""
    opened = servers.sqlite(node / "incoming") if request.param == "sqlite" else getattr(servers, request.param)()
    with opened as server:
        if request.param == "sqlite":
            server.run("CREATE TABLE other (id INTEGER)")
        yield server


@pytest.fixture
def postgres():
    """One on PostgreSQL alone, for what does not depend on the kind."""
    with servers.postgres() as server:
        yield server
