"""The gateway against calls that schemathesis makes up from its own description, each of them signed: nothing breaks."""

from collections import Counter

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from suixin.data.access.models import Door
from suixin.data.catalog.generators import openapi_of
from suixin.data.catalog.generators.facts import Doors, Facts
from suixin.data.doors.tests.client import get, shared
from suixin.kit import signing

pytestmark = pytest.mark.django_db
DOORS = [Door.GATEWAY, Door.VERIFY, Door.ROWS, Door.AGGREGATE]
COLUMNS = ["code", "name", "amount", "day", "at", "score", "active", "number", "note"]


@pytest.fixture
def called():
    """Calls an operation with so many made-up requests; keeps how many answers of each status came."""
    caller, resource = shared(doors=DOORS, columns=COLUMNS, masks={"name": "", "name@verify": ""})
    document = openapi_of.document(resource.contract, Facts(), Doors(has_lookup=True))
    schema = schemathesis.openapi.from_dict(document)
    answers: Counter[tuple[str, GenerationMode, int]] = Counter()

    def call(operation, mode):
        @settings(max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            made = requests.Request(**case.as_transport_kwargs("http://suixin.example")).prepare()
            body = made.body if isinstance(made.body, bytes) else str(made.body or "").encode()
            signed = signing.sign(str(made.method), made.path_url, app_id=caller.app_id, secret=caller.secret, body=body)
            got = get(made.path_url, method=made.method, headers=signed, body=body)
            answers[operation.label, mode, got.status] += 1
            assert got.status < 500, (made.method, made.path_url, body, got.body)

        ask()

    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)], call, answers


def test_signed_calls_reach_every_handler_and_none_breaks_it(called):
    operations, call, answers = called
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            call(operation, mode)
    labels = {operation.label for operation in operations}
    assert len(labels) == 6
    assert {label for label, mode, status in answers if mode is GenerationMode.POSITIVE and status == 200} == labels
    assert {label for label, _, status in answers if 400 <= status < 500} == labels
    assert not any(status == 401 for _, _, status in answers)
