"""A demand is filed, matched or assigned, answered, closed or contested once; entries that come into force keep promises."""

from datetime import timedelta
from typing import Any  # test data

import pytest

from suixin.data.catalog import actions, demands
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.demands import Wanted
from suixin.data.catalog.errors import InvalidEntry, WrongState
from suixin.data.catalog.models import Demand, Resource
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.factories import ITEMS
from suixin.data.catalog.tests.offices import decide
from suixin.ground.audit.models import Record
from suixin.ground.flow.models import Instance, Step
from suixin.ground.notify.models import Notice
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
LAMPS = Wanted("路灯信息", "统一维护城市照明设施", "《城市道路照明管理办法》第八条", [("名称", ""), ("数量", "")])


class City(offices.Office):
    """The office of the department that owns lamps, and a clerk of another one that wants to know of them."""

    asker: Actor
    askers: Organisation


@pytest.fixture
def city() -> City:
    found = offices.office()
    found.__class__ = City
    assert isinstance(found, City)
    parent = found.city.department.parent
    found.askers = Organisation.objects.create(uscc="11510900MB00000019", name="市城管局", slug="chengguan", parent=parent)
    found.asker = offices.employ("clerk", found.askers, "asker")
    return found


def _filed(city: City, wanted: Wanted = LAMPS) -> Demand:
    return demands.file_demand(wanted, city.askers, actor=city.asker)


def _assigned(city: City) -> Demand:
    return demands.match_demand(_filed(city), actor=city.officer, owner=city.city.department, reason="三定规定")


def _published(city: City, **more: Any) -> Resource:  # test data
    return actions.publish_resource(offices.entry(city, **more), actor=SYSTEM)


def test_a_demand_waits_in_the_bureaus_inbox_with_a_day(city: City) -> None:
    demand = _filed(city)
    step = Step.objects.get()
    assert (demand.state, step.organisation, step.role) == ("filed", city.city.bureau, "data_officer")
    assert demand.due_on is not None
    assert step.due_at is not None
    assert demand.due_on == step.due_at.astimezone(clock.CHINA).date()
    assert Record.objects.filter(action="catalog.demand_filed").count() == 1


def test_the_bureau_points_to_an_entry_in_force_and_the_asker_is_told(city: City) -> None:
    entry = _published(city)
    demand = demands.match_demand(_filed(city), actor=city.officer, resource=entry, reason="")
    assert (demand.state, demand.resource, demand.owner, demand.due_on) == ("matched", entry, entry.provider, None)
    assert demands.running(demand) is None
    assert Notice.objects.filter(account__username="asker", title__contains="已有目录").count() == 1


def test_the_owner_promises_and_the_entry_that_has_every_item_keeps_it(city: City) -> None:
    day = clock.today() + timedelta(days=30)
    demand = demands.answer_demand(_assigned(city), actor=city.clerk, text="本月编目", promised_on=day)
    assert (demand.state, demand.due_on) == ("promised", day)
    _published(city, table="other", title="无关", items=(ItemSpec("x", "别的", ItemType.TEXT, is_key=True, nullable=False),))
    demand.refresh_from_db()
    assert demand.state == "promised"
    entry = _published(city)
    demand.refresh_from_db()
    assert (demand.state, demand.resource, demand.due_on) == ("answered", entry, None)
    assert [move.kind for move in demand.moves.all()] == ["filed", "assigned", "promised", "published"]


def test_a_promised_draft_answers_when_it_is_published_and_its_change_is_told(city: City) -> None:
    draft = offices.entry(city, items=ITEMS[:1])
    day = clock.today() + timedelta(days=9)
    demand = demands.answer_demand(_assigned(city), actor=city.clerk, text="", resource=draft, promised_on=day)
    published = actions.publish_resource(draft, actor=SYSTEM)
    demand.refresh_from_db()
    assert demand.state == "answered"
    content = published.versions.get().content
    actions.write_content(published, {**content, "abstract": "另一种说法"}, actor=SYSTEM, reason="改")
    assert list(demand.moves.values_list("kind", flat=True))[-1] == "changed"
    assert Notice.objects.filter(account__username="asker", title__contains="有变化").count() == 1


def test_the_owner_declines_only_with_a_basis(city: City) -> None:
    demand = _assigned(city)
    with pytest.raises(InvalidEntry, match="依据"):
        demands.answer_demand(demand, actor=city.clerk, text=" ")
    assert demands.answer_demand(demand, actor=city.clerk, text="不属于本单位职责").state == "declined"
    assert set(Instance.objects.values_list("status", flat=True)) == {"done"}


def test_an_answer_is_contested_once_and_then_closed(city: City) -> None:
    demand = demands.refuse_demand(_filed(city), actor=city.officer, basis="不属于政务数据")
    again = demands.contest_demand(demand, actor=city.asker, reason="职责里写明了")
    assert (again.state, again.is_contested) == ("filed", True)
    demand = demands.refuse_demand(again, actor=city.officer, basis="不属于政务数据")
    with pytest.raises(WrongState, match="一次异议"):
        demands.contest_demand(demand, actor=city.asker, reason="仍不同意")
    assert demands.close_demand(demand, actor=city.asker).state == "closed"
    with pytest.raises(WrongState, match="已经关闭"):
        demands.close_demand(demand, actor=city.asker)


def test_deciding_in_the_inbox_without_an_answer_is_refused_with_the_way(city: City) -> None:
    demand = _filed(city)
    with pytest.raises(WrongState, match="请打开需求"):
        decide(demands.running(demand), city.officer)
    demand = demands.match_demand(demand, actor=city.officer, owner=city.city.department, reason="三定")
    with pytest.raises(WrongState, match="答复"):
        decide(demands.running(demand), city.clerk)
    assert Demand.objects.get().state == "assigned"


def test_only_the_asker_the_bureau_and_the_owner_may(city: City) -> None:
    with pytest.raises(NotAllowed):
        demands.file_demand(LAMPS, city.askers, actor=city.clerk)
    demand = _filed(city)
    for wrong in (city.clerk, city.asker, city.head):
        with pytest.raises(NotAllowed):
            demands.match_demand(demand, actor=wrong, owner=city.city.department, reason="")
        with pytest.raises(NotAllowed):
            demands.refuse_demand(demand, actor=wrong, basis="不")
    assigned = demands.match_demand(demand, actor=city.officer, owner=city.city.department, reason="")
    with pytest.raises(NotAllowed):
        demands.answer_demand(assigned, actor=city.asker, text="不属于职责")
    for act in (demands.close_demand, demands.contest_demand):
        with pytest.raises(NotAllowed):
            act(assigned, actor=city.clerk, reason="不是我的")


@pytest.mark.parametrize(("wanted", "sentence"), [
    (Wanted("甲", "用途说明", " ", [("名称", "")]), "法律依据"), (Wanted("甲", "用途说明", "某法第一条", []), "1 到"),
    (Wanted("甲", "用途说明", "某法第一条", [("名称", ""), ("名称", "")]), "写了两次"),
])
def test_a_faulty_demand_is_refused_in_words_and_nothing_is_kept(city: City, wanted: Wanted, sentence: str) -> None:
    with pytest.raises(InvalidEntry, match=sentence):
        _filed(city, wanted)
    assert not Demand.objects.exists()
    assert not Instance.objects.exists()


def test_a_wanted_item_is_linked_to_the_entry_that_has_it(city: City) -> None:
    entry = _published(city)
    demand = _filed(city, Wanted("甲", "用途说明", "某法第一条", [("名称", entry.code), ("没有的", entry.code)]))
    assert [one.item.resource.code if one.item else "" for one in demand.items.all()] == [entry.code, ""]


def test_another_departments_entry_is_no_answer(city: City) -> None:
    foreign = actions.publish_resource(offices.entry(city, table="f", title="别家的", provider=city.askers.uscc), actor=SYSTEM)
    with pytest.raises(InvalidEntry, match="不是责任单位"):
        demands.answer_demand(_assigned(city), actor=city.clerk, text="", resource=foreign)
