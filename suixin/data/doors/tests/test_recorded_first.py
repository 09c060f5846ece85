"""No answer without its record, whenever the server dies: a real server, killed while it answers sixteen callers, or while it waits."""

import os
import signal
import sqlite3
from contextlib import closing
from threading import Thread

import httpx
import pytest

from suixin.data.access import log
from suixin.data.doors.tests.client import shared
from suixin.data.doors.tests.servers import environment_of, running
from suixin.data.doors.tests.servers import node_database as node_database
from suixin.kit import signing

URL = "/gateway/people_list/lookup?code=k000003"
CALLERS, AFTER = 16, 150


def recorded():
    log.settle()
    with closing(sqlite3.connect(log.path())) as held:
        return {trace for (trace,) in held.execute("SELECT trace_id FROM access WHERE code = '200'")}


def call(client, caller):
    return client.get(URL, headers=signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret))


def test_every_answer_that_left_before_the_kill_is_on_record(node_database):
    caller, _ = shared()
    answered = []

    def go_on(address):
        with httpx.Client(base_url=address, timeout=60) as client:
            try:
                while True:
                    answered.append(call(client, caller).headers["X-Trace-Id"])
                    if len(answered) == AFTER:
                        os.kill(process.pid, signal.SIGKILL)
            except httpx.TransportError:
                return

    with running(environment_of(node_database)) as (process, client):
        assert call(client, caller).json()["code"] == "200"
        threads = [Thread(target=go_on, args=(str(client.base_url),)) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answered) >= AFTER
    assert set(answered) <= recorded()


def test_what_cannot_be_recorded_is_not_answered(node_database):
    caller, _ = shared()
    with running(environment_of(node_database)) as (process, client):
        assert call(client, caller).json()["code"] == "200"
        before = recorded()
        with closing(sqlite3.connect(log.spent_path(), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(httpx.ReadTimeout):
                client.get(URL, headers=signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret), timeout=2)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            other.execute("ROLLBACK")
        assert recorded() == before
