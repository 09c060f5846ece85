"""The systems register: kept by whoever runs a system, joined with the entries that name it."""

import pytest

from suixin.data.catalog import actions, changing, systems
from suixin.data.catalog.errors import InvalidEntry, WrongState
from suixin.data.catalog.models import Holding, InformationSystem, Resource
from suixin.data.catalog.systems import SystemDraft
from suixin.data.catalog.tests import offices
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
LAMPS = SystemDraft("lamps-01", "照明管理系统", protection="2", databases=("达梦", "mysql"))


@pytest.fixture
def office() -> offices.Office:
    return offices.office()


def _place(office: offices.Office) -> Organisation:
    return office.city.department


def test_an_entry_that_names_a_system_is_held_by_it_whichever_came_first(office: offices.Office) -> None:
    first = offices.entry(office, extension={"general": {"system": "照明管理系统；别的系统"}})
    assert not Holding.objects.exists()
    system = systems.keep_system(LAMPS, _place(office), actor=office.clerk)
    second = offices.entry(office, table="two", title="第二个", extension={"general": {"system": "lamps-01"}})
    assert set(system.holdings.values_list("resource", flat=True)) == {first.pk, second.pk}


def test_a_system_called_otherwise_lets_go_of_entries_that_name_the_old_name(office: offices.Office) -> None:
    offices.entry(office, extension={"general": {"system": "照明管理系统"}})
    system = systems.keep_system(LAMPS, _place(office), actor=office.clerk)
    assert system.holdings.count() == 1
    systems.keep_system(SystemDraft("lamps-01", "城市照明平台"), _place(office), actor=office.clerk)
    assert system.holdings.count() == 0


def test_entry_in_force_is_put_under_a_system_by_the_procedure_only(office: offices.Office) -> None:
    entry = actions.publish_resource(offices.entry(office), actor=SYSTEM)
    system = systems.keep_system(LAMPS, _place(office), actor=office.clerk)
    [change] = systems.hold_resources(system, [entry], actor=office.clerk).begun
    assert (change.state, system.holdings.count(), Resource.objects.get(pk=entry.pk).version) == ("draft", 0, 1)
    with pytest.raises(WrongState, match="在办"):
        systems.hold_resources(system, [entry], actor=office.clerk)
    changing.submit_change(change, actor=office.clerk)
    offices.decide(changing.running(change), office.head)
    offices.decide(changing.running(change), office.reviewer)
    entry.refresh_from_db()
    assert (entry.extension["general"]["system"], entry.version, system.holdings.count()) == ("照明管理系统", 2, 1)
    assert systems.hold_resources(system, [entry], actor=office.clerk) == systems.Held([], [])


def test_proposal_and_what_the_installation_loads_state_their_system_at_once(office: offices.Office) -> None:
    proposed = offices.entry(office)
    entry = actions.publish_resource(offices.entry(office, table="two", title="第二个"), actor=SYSTEM)
    system = systems.keep_system(LAMPS, _place(office), actor=office.clerk)
    assert systems.hold_resources(system, [proposed], actor=office.clerk).stated == [proposed]
    assert systems.hold_resources(system, [proposed, entry], actor=SYSTEM).stated == [entry]
    assert entry.versions.get(number=2).content["extension"]["general"]["system"] == "照明管理系统"


@pytest.mark.parametrize(("draft", "sentence"), [
    (SystemDraft("甲", "系统"), "系统编码"), (SystemDraft("a1", "甲；乙"), "分号"), (SystemDraft("a1", "系统", protection="9"), "等保级别"),
    (SystemDraft("a1", "系统", databases=("x" * 41,)), "数据库类型"),
])
def test_a_faulty_system_is_refused_in_words(office: offices.Office, draft: SystemDraft, sentence: str) -> None:
    with pytest.raises(InvalidEntry, match=sentence):
        systems.keep_system(draft, _place(office), actor=office.clerk)
    assert not InformationSystem.objects.exists()


def test_a_code_stays_with_who_registered_it_and_a_name_is_given_once(office: offices.Office) -> None:
    systems.keep_system(LAMPS, _place(office), actor=office.clerk)
    with pytest.raises(InvalidEntry, match="已由"):
        systems.keep_system(LAMPS, office.city.bureau, actor=office.officer)
    with pytest.raises(InvalidEntry, match="已有名为"):
        systems.keep_system(SystemDraft("lamps-02", LAMPS.name), _place(office), actor=office.clerk)


def test_nobody_registers_for_another_department(office: offices.Office) -> None:
    with pytest.raises(NotAllowed):
        systems.keep_system(LAMPS, office.city.bureau, actor=office.clerk)
    system = systems.keep_system(LAMPS, office.city.bureau, actor=office.officer)
    entry: Resource = offices.entry(office)
    for actor in (office.clerk, office.head, office.reviewer):
        with pytest.raises(NotAllowed):
            systems.hold_resources(system, [entry], actor=actor)


def test_of_two_systems_of_one_name_the_one_that_is_meant_holds_the_entry(office: offices.Office) -> None:
    entry = offices.entry(office)
    systems.keep_system(LAMPS, _place(office), actor=office.clerk)
    other = systems.keep_system(SystemDraft("lamps-02", LAMPS.name), office.city.bureau, actor=SYSTEM)
    assert systems.hold_resources(other, [entry], actor=SYSTEM).stated == [entry]
    assert list(Holding.objects.values_list("resource", "system")) == [(entry.pk, other.pk)]
