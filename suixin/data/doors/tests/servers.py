"""Real server processes over a node whose database is a file of its own."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import fields

import httpx
import pytest
from django.conf import settings
from django.db import connections


@contextmanager
def serving(environment):
    """A server process of its own; a client of it, once it listens."""
    with running(environment) as (_, client):
        yield client


@contextmanager
def running(environment):
    """A server process of its own, and a client of it once it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "suixin.site.wsgi:application"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            transport = httpx.HTTPTransport(retries=9)  # waits 0.5 s, 1 s, 2 s ... until it listens
            with httpx.Client(base_url=address, transport=transport, timeout=60) as client:
                yield process, client
        finally:
            process.terminate()


@pytest.fixture
def node_database(node, migrated_home, django_db_blocker):
    """The node's own database file, which other processes can open."""
    if connections["default"].vendor != "sqlite":
        pytest.skip("the node's log is SQLite whatever the control database; this test opens its own SQLite node")
    shutil.copyfile(migrated_home / "suixin.sqlite", node / "suixin.sqlite")
    with django_db_blocker.unblock():
        kept = connections["default"].settings_dict["NAME"]
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = str(node / "suixin.sqlite")
        yield node
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = kept


def environment_of(node):
    """The environment of a process that serves that node."""
    names = {f"SUIXIN_{one.name.upper()}" for one in fields(settings.SUIXIN)}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return kept | {"SUIXIN_HOME": str(node), "SUIXIN_LAKE": str(settings.SUIXIN.lake)}
