"""Who would break: one query, whatever the number of dependants; each kind of use answers as it must."""

from dataclasses import replace

import pytest

from suixin.data.catalog import actions, canon, changing, dependences, impact
from suixin.data.catalog.contract import ItemSpec, ItemType, Level, Rule
from suixin.data.catalog.dependences import By
from suixin.data.catalog.models import Dependence, Resource, Use
from suixin.data.catalog.tests import factories, offices
from suixin.ground.notify.models import Notice
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db


def told(resource: Resource, items: tuple[ItemSpec, ...], **metadata: object) -> list[str]:
    before = canon.content_of(resource)
    after = {**before, **metadata, "items": [canon.item_content(one) for one in items]}
    return [one.sentence for one in impact.impact_of(resource, impact.alterations(before, after))]


@pytest.fixture
def resource() -> Resource:
    made = factories.published()
    dependences.declare(By("access.grant", "g", "授权给民政局"), [(made, "name", Use.SHOWN), (made, "amount", Use.FILTER)])
    dependences.declare(By("insight.indicator", "i", "指标：总量", is_public=True), [(made, "amount", Use.COMPUTED)])
    dependences.declare(By("collection.feed", "f", "归集通道：*.csv"), [(made, "", Use.FED)])
    return made


def test_removed_item_breaks_whoever_uses_it_and_nobody_else(resource: Resource) -> None:
    without = tuple(item for item in resource.contract.items if item.field != "name")
    assert told(resource, without) == [
        "信息项“名称”删除，授权给民政局（显示）将失效", "信息项“名称”删除，归集通道：*.csv（归集）将失效",
    ]


def test_each_alteration_reaches_the_uses_that_it_concerns(resource: Resource) -> None:
    code, name, amount, day = resource.contract.items
    assert told(resource, (code, replace(name, length=10), amount, day)) == ["信息项“名称”缩短，归集通道：*.csv（归集）会受影响"]
    retyped = told(resource, (code, name, replace(amount, type=ItemType.TEXT, scale=None), day))
    assert [one.rpartition("）")[2] for one in retyped] == ["将失效"] * 3
    assert told(resource, (code, name, replace(amount, level=Level.L2), day)) == ["信息项“数量”提高分级，指标：总量（计算）将失效"]
    assert told(resource, (code, replace(name, level=Level.L2), amount, day)) == ["信息项“名称”提高分级，授权给民政局（显示）会受影响"]


def test_what_breaks_nobody_is_not_told(resource: Resource) -> None:
    code, name, amount, day = resource.contract.items
    assert told(resource, (code, replace(name, length=90, name="全称", description="新"), amount, day), abstract="新") == []


def test_own_checks_of_an_entry_depend_on_their_items() -> None:
    draft = factories.draft()
    contract = replace(draft.contract, rules=(Rule("r1", "amount > 0 AND 名称 IS NOT NULL", "数量应为正"),))
    resource = actions.publish_resource(actions.propose_resource(replace(draft, contract=contract), actor=SYSTEM), actor=SYSTEM)
    assert list(Dependence.objects.values_list("field", "use")) == [("amount", "checked"), ("name", "checked")]
    assert resource.dependences.count() == 2


def test_impact_is_one_query_for_a_thousand_dependants(resource: Resource, django_assert_num_queries) -> None:
    for number in range(1000):
        dependences.declare(By("access.grant", str(number), f"授权{number}"), [(resource, "name", Use.SHOWN)])
    with django_assert_num_queries(1):
        found = impact.impact_of(resource, [impact.Altered("name", "名称", impact.Alteration.REMOVED)])
    assert len(found) == 1002


def test_those_responsible_are_told_when_the_change_is_handed_on() -> None:
    office = offices.office()
    resource = actions.publish_resource(offices.entry(office), actor=SYSTEM)
    user = offices.employ("clerk", office.city.district_department, "user")
    by = By("access.grant", "g", "授权给区民政局", office.city.district_department)
    dependences.declare(by, [(resource, "name", Use.SHOWN)])
    change = changing.begin_change(resource, actor=office.clerk, reason="精简")
    kept = [item for item in resource.contract.items if item.field != "name"]
    changing.submit_change(changing.revise_change(change, actor=office.clerk, items=kept), actor=office.clerk)
    notice = Notice.objects.get(account__username=user.key)
    assert "影响到您单位的 1 处使用" in notice.title
    assert "信息项“名称”删除" in notice.body
