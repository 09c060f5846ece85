"""Two server processes over one node: a nonce spent at one is refused by the other, a quota is one. Real server, real sockets."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import fields

import httpx
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from suixin.data.doors.tests.client import shared
from suixin.kit import signing

URL = "/gateway/people_list/lookup?code=k000003"


@contextmanager
def serving(environment):
    """A server process of its own; its address once it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "suixin.site.wsgi:application"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            transport = httpx.HTTPTransport(retries=9)  # waits 0.5 s, 1 s, 2 s ... until it listens
            with httpx.Client(base_url=address, transport=transport, timeout=60) as client:
                yield client
        finally:
            process.terminate()


@pytest.fixture
def node_database(node, django_db_blocker):
    """The node's own database file, which other processes can open."""
    if connections["default"].vendor != "sqlite":
        pytest.skip("the node's log is SQLite whatever the control database; this test opens its own SQLite node")
    with django_db_blocker.unblock():
        kept = connections["default"].settings_dict["NAME"]
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = str(node / "suixin.sqlite")
        call_command("migrate", verbosity=0)
        yield node
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = kept


def test_second_process_refuses_a_replayed_nonce_and_counts_the_same_quota(node_database):
    caller, _ = shared(per_day=3)
    names = {f"SUIXIN_{one.name.upper()}" for one in fields(settings.SUIXIN)}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment |= {"SUIXIN_HOME": str(node_database), "SUIXIN_LAKE": str(settings.SUIXIN.lake)}
    headers = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
    with serving(environment) as one, serving(environment) as other:
        assert one.get(URL, headers=headers).json()["code"] == "200"
        assert other.get(URL, headers=headers).json()["code"] == "api-409"
        assert one.get(URL, headers=headers).json()["code"] == "api-409"
        fresh = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
        assert other.get(URL, headers=fresh).json()["data"]["name"] == "张*"
        signed = [signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret) for _ in range(3)]
        told = [at.get(URL, headers=headers) for at, headers in zip((one, other, one), signed, strict=True)]
        assert [one.json()["code"] for one in told] == ["200", "api-429", "api-429"]
        assert int(told[1].headers["Retry-After"]) > 0
