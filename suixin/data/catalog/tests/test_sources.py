"""The source department of an item: named by the bureau over several entries, and what is contested."""

import pytest

from suixin.data.catalog import actions, sources
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.errors import InvalidEntry, WrongState
from suixin.data.catalog.models import Item, Resource
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.factories import ITEMS
from suixin.ground.audit.models import Record
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
ADDRESS = ItemSpec("addr", "登记地址", ItemType.TEXT, 100)


@pytest.fixture
def office() -> offices.Office:
    return offices.office()


def _two(office: offices.Office) -> list[Resource]:
    """The same item of two departments, both entries published."""
    other = Organisation.objects.get(pk=office.city.bureau.pk)
    first = offices.entry(office, items=(*ITEMS, ADDRESS))
    second = offices.entry(office, items=(*ITEMS, ADDRESS), table="firms", provider=other.uscc)
    return [actions.publish_resource(one, actor=SYSTEM) for one in (first, second)]


def test_one_source_is_named_for_the_item_of_both_entries(office: offices.Office) -> None:
    first, second = _two(office)
    items = Item.objects.filter(name="登记地址")
    named = sources.name_source(items, office.city.department, actor=office.officer, reason="三定规定")
    assert [one.pk for one in named] == [first.pk, second.pk]
    assert set(items.values_list("source_department", flat=True)) == {office.city.department.uscc}
    assert [one.version for one in Resource.objects.order_by("pk")] == [2, 2]
    assert Record.objects.filter(action="catalog.source_named").count() == 2
    again = sources.name_source(items, office.city.department, actor=office.officer, reason="三定规定")
    assert again == []


def test_it_is_contested_until_one_source_is_named_everywhere(office: offices.Office) -> None:
    _two(office)
    found = {row["name"]: (row["providers"], row["entries"], row["named"]) for row in sources.contested()}
    assert found["登记地址"] == (2, 2, 0)
    assert [row["name"] for row in sources.contested("地址")] == ["登记地址"]
    mine = [one for one in sources.holders("登记地址", "") if one.resource.provider_id == office.city.department.pk]
    sources.name_source(mine, office.city.department, actor=office.officer, reason="三定规定")
    assert [row["named"] for row in sources.contested("地址")] == [1]
    sources.name_source(sources.holders("登记地址", ""), office.city.department, actor=office.officer, reason="三定规定")
    assert not sources.contested("地址").exists()


def test_only_a_bureau_names_sources(office: offices.Office) -> None:
    _two(office)
    for actor in (office.clerk, office.head, office.reviewer):
        with pytest.raises(NotAllowed):
            sources.name_source(Item.objects.all(), office.city.department, actor=actor, reason="三定规定")
    assert not Item.objects.exclude(source_department="").exists()


def test_one_withdrawn_entry_refuses_them_all(office: offices.Office) -> None:
    _, second = _two(office)
    actions.withdraw_resource(second, actor=SYSTEM, reason="职责调整")
    with pytest.raises(WrongState, match="已撤销"):
        sources.name_source(Item.objects.filter(name="登记地址"), office.city.department, actor=office.officer, reason="三定规定")
    assert not Item.objects.exclude(source_department="").exists()


def test_a_decision_has_items_and_a_reason(office: offices.Office) -> None:
    _two(office)
    with pytest.raises(InvalidEntry, match="1 到"):
        sources.name_source([], office.city.department, actor=office.officer, reason="三定规定")
    with pytest.raises(InvalidEntry, match="理由"):
        sources.name_source(Item.objects.all(), office.city.department, actor=office.officer, reason=" ")
