"""Rejected rows for who reads the resource only masked."""

import orjson
import pytest

from suixin.data.access import rejected
from suixin.data.access.rejected import HIDDEN
from suixin.data.catalog.tests import factories
from suixin.data.lake.rejects import KeptReject
from suixin.kit.actor import SYSTEM, Actor, ActorKind

pytestmark = pytest.mark.django_db


def test_a_cell_under_a_heading_that_the_entry_does_not_know_is_hidden() -> None:
    resource = factories.published()
    resource.items.filter(field="name").update(mask="name")
    reasons: tuple[dict[str, object], ...] = ({"item": "旧名", "rule": "length", "value": "李四光", "sentence": "“李四光”太长"},)
    kept = [KeptReject(3, orjson.dumps({"代码": "K1", "名称": "张三", "旧名": "李四光"}).decode(), reasons)]
    [seen] = rejected.shown(kept, resource, actor=Actor(ActorKind.STAFF, "x", "旁人"))
    assert orjson.loads(seen.text) == {"代码": "K1", "名称": "张*", "旧名": HIDDEN}
    assert "李四光" not in str(seen.reasons)
    assert rejected.shown(kept, resource, actor=SYSTEM) == kept
