"""A new version arrives while a client calls without pause: no call fails, no answer goes back, the new one is seen. Real server."""

from threading import Event, Thread

from suixin.data.access import actions
from suixin.data.access.models import SubjectKind
from suixin.data.access.tests.factories import filled, grant, land, record
from suixin.data.doors.tests.client import make_caller
from suixin.data.doors.tests.servers import environment_of, serving
from suixin.data.doors.tests.servers import node_database as node_database
from suixin.kit import signing
from suixin.kit.actor import SYSTEM

URL = "/gateway/people_list/lookup?code=k000003"
PATIENCE = 20_000  # calls until a version that is still not seen counts as lost


def test_new_versions_are_swapped_in_under_load_without_one_failed_call(node_database):
    caller, resource = make_caller(), filled(30, has_lookup=True, write_mode="upsert")
    grant(resource, subject_kind=SubjectKind.APPLICATION, subject_key=caller.app_id, columns=["code", "number"])
    actions.index_keys(resource, actor=SYSTEM)
    answers: list[tuple[str, int]] = []
    is_over, was_seen = Event(), [Event() for _ in range(4)]

    def call(server):
        while not is_over.is_set() and len(answers) < PATIENCE:
            signed = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
            got = server.get(URL, headers=signed).json()
            answers.append((got["code"], got["data"]["number"] if got["data"] else -1))
            if (number := answers[-1][1]) >= 100:
                was_seen[number - 100].set()

    with serving(environment_of(node_database)) as server:
        server.get("/healthz")
        thread = Thread(target=call, args=(server,))
        thread.start()
        for version, seen in enumerate(was_seen):
            land(resource, [record(3) | {"number": 100 + version}, record(40 + version)], sm3=f"version {version}")
            if version % 2:  # the index follows at once, or only after readers asked for the version without it
                seen.wait(60)
            actions.index_keys(resource, actor=SYSTEM)
            seen.wait(60)
        is_over.set()
        thread.join()
    numbers = [number for _, number in answers]
    assert {code for code, _ in answers} == {"200"}
    assert all(one.is_set() for one in was_seen)
    assert numbers == sorted(numbers)
    assert len(answers) > 50
