"""Prefilled from granted data: only what a grant opens whole, on record as a reading about the applicant, never for want of a grant."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.tests import factories as access
from suixin.data.access.traces import Period, traces_about
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.models import Dependence, Resource
from suixin.ground.people.residents.queries import actor_of_session, person_actor
from suixin.ground.people.residents.tests.factories import FIRM, NUMBERS, resident, session
from suixin.services.cases import prefilling
from suixin.services.cases.kept import PrefilledValue
from suixin.services.cases.tests.factories import Town, town
from suixin.services.items import sources
from suixin.services.items.errors import IncompleteItem
from suixin.services.items.tests import factories as items

pytestmark = pytest.mark.django_db
SPECS = (
    ItemSpec("id_number", "身份证号", ItemType.TEXT, length=18, is_key=True, nullable=False, mask="resident_id", sensitive="resident_id"),
    ItemSpec("home", "户籍地址", ItemType.TEXT, length=100),
    ItemSpec("name", "姓名", ItemType.TEXT, length=50, mask="name"),
)
HOME = "示例区幸福路 1 号"


def asks(item: str = "户籍地址") -> list[dict[str, object]]:
    """The questions of the item, the third filled in from the register."""
    source = {"source_resource": "households", "source_item": item, "source_by": "person"}
    given = items.COMPLETE["asks"]
    assert isinstance(given, list)
    return [*given, {"ask_name": "住址", "ask_text": "户籍地址是？", "ask_kind": "text", **source}]


def register() -> Resource:
    """The register of households, with the row of one of the residents."""
    made: Resource = access.make_resource("households", specs=SPECS)
    rows = [{"id_number": NUMBERS["zhou"], "home": HOME, "name": "周玲建"}, {"id_number": NUMBERS["feng"], "home": None, "name": "冯"}]
    access.land(made, rows, specs=SPECS)
    return made


def granted(resource: Resource, place: Town, **more: object) -> object:
    """A grant to the handling department."""
    told = {"subject_kind": SubjectKind.ORGANISATION, "subject_key": place.city.department.uscc, "columns": ["home"],
            "doors": [Door.GATEWAY], "basis": "户籍管理规定第五条", **more}
    return access.grant(resource, **told)


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with access.node_at(tmp_path, monkeypatch):
        yield


def filled(place: Town, who: str = "zhou") -> dict[str, object]:
    return prefilling.prefill(place.version, uuid4(), actor=person_actor(resident(who)))


def read_about(who: str) -> int:
    return len(traces_about(NUMBERS[who], Period()))


@pytest.mark.usefixtures("node")
def test_only_a_grant_that_shows_the_cell_whole_fills_it_in_and_the_reading_is_on_record() -> None:
    resource = register()
    place = town(asks=asks())
    assert Dependence.objects.get(by_kind="items.item").field == "home"
    assert (filled(place), read_about("zhou")) == ({}, 0)
    granted(resource, place, masks={"home": "address"})
    assert (filled(place), read_about("zhou")) == ({}, 0)  # masked: asked for as usual, and not read either
    granted(resource, place, doors=[Door.VERIFY], columns=["home"])
    assert filled(place) == {}
    granted(resource, place)
    token = uuid4()
    assert [prefilling.prefill(place.version, token, actor=place.applicant) for _ in range(2)] == [{"q3": HOME}] * 2
    trace = traces_about(NUMBERS["zhou"], Period())[0]
    assert (trace.basis, trace.organisation, trace.fields, trace.rows, read_about("zhou")) == (
        "户籍管理规定第五条", place.city.department.uscc, ("home",), 1, 1)
    held = PrefilledValue.objects.get()
    assert "市数据局《试验名单》第" in prefilling.source_of(held)
    with connection.cursor() as cursor:
        cursor.execute("SELECT shown, given, key FROM cases_prefilledvalue")
        assert all(HOME.encode() not in bytes(one) and NUMBERS["zhou"].encode() not in bytes(one) for one in cursor.fetchone())
    assert (prefilling.forget_rows(resource, lambda row: "别人" in row.values()), prefilling.values_of(token)) == (0, {"q3": HOME})
    assert (prefilling.forget_rows(resource, lambda row: NUMBERS["zhou"] in row.values()), prefilling.values_of(token)) == (1, {})
    assert (filled(place, "feng"), read_about("feng")) == ({}, 1)  # absent: asked for as usual
    assert filled(place, "ouyang") == {}
    assert prefilling.prefill(place.version, uuid4(), actor=person_actor(resident("zhou", level=2))) == {}  # number not proven


@pytest.mark.usefixtures("node")
def test_grant_that_demands_receipts_fills_nothing_in_since_a_form_leaves_none() -> None:
    resource = register()
    place = town(asks=asks())
    granted(resource, place, is_receipted=True)
    assert (filled(place), read_about("zhou")) == ({}, 0)


@pytest.mark.usefixtures("node")
def test_grant_to_the_applicant_itself_fills_in_for_it_alone() -> None:
    resource = register()
    place = town(asks=asks())
    access.grant(resource, subject_kind=SubjectKind.PERSON, subject_key=str(place.person.uuid), columns=["home"], basis="本人同意")
    assert filled(place) == {"q3": HOME}
    assert traces_about(NUMBERS["zhou"], Period())[0].basis == "本人同意"
    assert (filled(place, "feng"), read_about("feng")) == ({}, 0)


@pytest.mark.usefixtures("node")
def test_firm_s_agent_gets_the_firm_s_own_row_and_never_its_own() -> None:
    specs = (replace(SPECS[0], field="uscc", name="统一社会信用代码", mask="", sensitive="uscc"), SPECS[1])
    resource: Resource = access.make_resource("firms_list", specs=specs)
    access.land(resource, [{"uscc": FIRM.uscc, "home": "示例区工业园 8 号"}], specs=specs)
    told = [{**row, "source_resource": "firms_list", "source_by": "firm"} if "source_by" in row else row for row in asks()]
    place = town(asks=told)
    granted(resource, place)
    boss = resident("feng", firms=(FIRM,))
    acting = actor_of_session(session(boss, "firm", for_firm=True))
    assert prefilling.prefill(place.version, uuid4(), actor=acting) == {"q3": "示例区工业园 8 号"}
    assert len(traces_about(FIRM.uscc, Period())) == 1
    assert prefilling.prefill(place.version, uuid4(), actor=person_actor(boss)) == {}
    boss.agencies.update(kind="agent", scopes=["traces"])  # it may look for the firm, not act for it
    assert prefilling.prefill(place.version, uuid4(), actor=acting) == {}


@pytest.mark.usefixtures("node")
def test_publishing_refuses_a_source_that_is_not_there() -> None:
    place = town()
    with pytest.raises(IncompleteItem, match="households"):
        items.published(place.city.district_department, asks=asks())
    register()
    sources.require_known({"asks": asks()})
    with pytest.raises(IncompleteItem, match="没有信息项“住处”"):
        sources.require_known({"asks": asks("住处")})
