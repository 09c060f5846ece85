"""A resource, its receiver with a key pair, and an order."""

from types import SimpleNamespace

import pytest

from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.tests.factories import grant, land, make_resource, record
from suixin.data.doors.files.ordering import OrderDraft, declare_order, register_key
from suixin.data.doors.tests.client import make_caller
from suixin.data.doors.tests.conftest import node as node
from suixin.ground.people.models import Application
from suixin.kit.actor import SYSTEM
from suixin.kit.sm import public_to_pem, sm2_keypair

SHOWN = ["code", "name", "amount", "day", "at", "score", "active", "number", "note"]
PLAIN = OrderDraft()


@pytest.fixture
def exchange(node):
    """How to set one up: `exchange(count)` after the database is there."""

    def made(count=60, *, note="", draft=PLAIN, **limits):
        caller, pair = make_caller(), sm2_keypair()
        application = Application.objects.get(app_id="hospital")
        resource = make_resource(write_mode="upsert")
        land(resource, [record(n) | ({"note": f"{n}{note}"} if note else {}) for n in range(count)])
        values = {"columns": SHOWN, "row_filter": "number < 8", "doors": [Door.FILE], **limits}
        given = grant(resource, subject_kind=SubjectKind.APPLICATION, subject_key="hospital", **values)
        register_key(application, public_to_pem(pair.public), actor=SYSTEM)
        order = declare_order(application, resource, draft, actor=SYSTEM)
        return SimpleNamespace(caller=caller, pair=pair, application=application, resource=resource, grant=given, order=order)

    return made
