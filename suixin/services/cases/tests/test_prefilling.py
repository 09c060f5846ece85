"""Prefilled from granted data: only what a grant opens whole, on record as a reading about the applicant, never for want of a grant."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from suixin.data.access import log_files
from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.tests import factories as access
from suixin.data.access.traces import Period, traces_about
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.models import Dependence, Resource, ResourceState
from suixin.ground.forms.actions import Saving, save_draft
from suixin.ground.forms.models import Draft
from suixin.ground.forms.queries import form_of
from suixin.ground.people.residents.queries import actor_of_session, person_actor
from suixin.ground.people.residents.tests.factories import FIRM, NUMBERS, resident, session
from suixin.kit import clock
from suixin.kit.errors import NotAllowed
from suixin.services.cases import asking, doubting, prefilling
from suixin.services.cases.kept import PrefilledValue
from suixin.services.cases.models import Application, Case, State
from suixin.services.cases.tests.factories import Town, application, opened, town
from suixin.services.items import sources
from suixin.services.items.errors import IncompleteItem
from suixin.services.items.models import ItemVersion
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


@pytest.mark.usefixtures("node")
def test_token_of_somebody_else_tells_nothing_of_him() -> None:
    resource = register()
    place = town(asks=asks())
    granted(resource, place)
    token = uuid4()
    assert prefilling.prefill(place.version, token, actor=place.applicant) == {"q3": HOME}
    assert prefilling.prefill(place.version, token, actor=person_actor(resident("feng"))) == {}
    assert prefilling.prefill(town_of_another(place), token, actor=place.applicant) == {}
    assert prefilling.told_of(token, prefilling.numbers_of(person_actor(resident("feng"))).values()) == {}
    assert prefilling.told_of(token, prefilling.numbers_of(place.applicant).values()).keys() == {"q3"}
    mine, his = (Application(token=token, id_number=NUMBERS[who]) for who in ("zhou", "feng"))
    assert [len(prefilling.prefilled_of(one)) for one in (mine, his)] == [1, 0]


def town_of_another(place: Town) -> ItemVersion:
    """An item that is filled in from nothing."""
    return items.published(place.city.district_department).versions.select_related("item__organisation").get()


@pytest.mark.usefixtures("node")
def test_window_reads_by_its_own_clerk_for_who_stands_there() -> None:
    resource = register()
    place = town(asks=asks())
    granted(resource, place)
    access.grant(resource, subject_kind=SubjectKind.PERSON, subject_key=str(place.person.uuid), columns=["home"], basis="本人同意")
    token, wanted, numbers = uuid4(), prefilling.wanted_of(place.version), {"person": NUMBERS["zhou"]}
    with pytest.raises(NotAllowed):
        prefilling.prefill_at_window(wanted, token, numbers, actor=place.supervisor)
    assert prefilling.prefill_at_window(wanted, token, {}, actor=place.window) == {}
    assert (read_about("zhou"), prefilling.prefill_at_window(wanted, token, numbers, actor=place.window)) == (0, {"q3": HOME})
    trace = traces_about(NUMBERS["zhou"], Period())[0]
    assert (trace.reader_kind, trace.reader, trace.organisation, trace.basis) == (
        "staff", place.window.key, place.window.organisation, "户籍管理规定第五条")
    rows = log_files.rows("SELECT id, request FROM access", {}, limit=9, table="access")
    assert [f"application={token}" in row["request"] for row in rows] == [True]


@pytest.mark.usefixtures("node")
def test_values_stand_as_long_as_their_draft_or_case() -> None:
    resource = register()
    place = town(asks=asks())
    granted(resource, place)
    drafted, alone, handed_in = uuid4(), uuid4(), uuid4()
    for token in (drafted, alone, handed_in):
        prefilling.prefill(place.version, token, actor=place.applicant)
    save_draft(form_of(asking.slug_of(place.version)), Saving(drafted, 0, {}), actor=place.applicant)
    case = opened(place, token=handed_in)
    later = clock.now() + timedelta(days=settings.SUIXIN.draft_days + 2)
    Draft.objects.update(expires_at=later + timedelta(days=1))  # saved again since
    assert (prefilling.forget(later), prefilling.values_of(alone)) == (1, {})
    Case.objects.filter(pk=case.pk).update(state=State.ARCHIVED)
    assert (prefilling.forget(), prefilling.values_of(handed_in)) == (1, {})
    Draft.objects.all().delete()
    assert (prefilling.forget(later), PrefilledValue.objects.count()) == (1, 0)


@pytest.mark.usefixtures("node")
def test_corrected_value_of_a_withdrawn_source_holds_up_no_application() -> None:
    resource = register()
    place = town(asks=asks())
    granted(resource, place)
    token = uuid4()
    prefilling.prefill(place.version, token, actor=place.applicant)
    Resource.objects.filter(pk=resource.pk).update(state=ResourceState.WITHDRAWN)
    made = application(place, token)
    noted = doubting.note_doubts(made, {"q3": "别处 2 号"}, actor=place.applicant)
    assert [(one.own, one.order_number) for one in noted] == [("别处 2 号", "")]
    assert "没有转来源单位" in noted[0].outcome


@pytest.mark.usefixtures("node")
def test_what_was_not_asked_or_left_empty_without_a_word_is_no_doubt() -> None:
    resource, place, token = register(), town(asks=asks()), uuid4()
    granted(resource, place)
    prefilling.prefill(place.version, token, actor=place.applicant)
    made = application(place, token)
    assert doubting.note_doubts(made, {"q3_is": "right"}, actor=place.applicant) == []
    noted = doubting.note_doubts(made, {"q3_is": "wrong", "q3_why": "没有户籍"}, actor=place.applicant)
    assert [(one.field, one.own) for one in noted] == [("q3", "")]


def test_answers_kept_open_hold_nothing_that_data_fill_in() -> None:
    chosen = {"ask_name": "等级", "ask_text": "等级？", "ask_kind": "choice", "ask_choices": "甲；乙", "source_resource": "r",
              "source_item": "i", "source_by": "person"}
    content: dict[str, object] = {
        "asks": [chosen, {**chosen, "ask_name": "场所"}],
        "situations": [{"situation_name": "甲", "situation_when": "场所 = '甲'"}],
    }
    assert asking.judged(content, {"等级": "甲", "场所": "甲", "别的": 1}) == {"场所": "甲", "别的": 1}


@pytest.mark.usefixtures("node")
def test_value_of_another_question_in_the_same_place_answers_nothing() -> None:
    resource, place = register(), town(asks=asks())
    granted(resource, place)
    token, zhou = uuid4(), person_actor(resident("zhou"))
    assert prefilling.prefill(place.version, token, actor=zhou) == {"q3": HOME}
    PrefilledValue.objects.update(label="另一个问题")  # as of an item whose third question is another, or of an earlier version
    wanted = [(one, NUMBERS["zhou"]) for one in prefilling.wanted_of(place.version)]
    assert prefilling.known_of(token, wanted) == {}
    assert prefilling.prefill(place.version, token, actor=zhou) == {"q3": HOME}  # read anew
    assert PrefilledValue.objects.get().label != "另一个问题"
