"""Lists that follow from the entries: who is complete, who is late, what is withheld and why."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suixin.data.catalog import actions, changing, lists, standing, systems
from suixin.data.catalog.models import Demand, Resource, Standing
from suixin.data.catalog.systems import SystemDraft
from suixin.data.catalog.tests import factories
from suixin.ground.people.actions import create_account
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
PATH = "/console/catalogue/lists/"
TODAY = date(2026, 6, 30)


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(create_account("officer", "A-long-password", organisation=factories.bureau(), roles=("data_officer",)))
    return client


@pytest.mark.parametrize(("cycle", "days", "late"), [
    ("1", 1, 0), ("1", 3, 2), ("2", 2, 0), ("3", 10, 1), ("4", 36, 0), ("4", 37, 1), ("5", 103, 1), ("6", 396, 0), ("9", 9999, 0),
])
def test_data_are_late_by_the_days_beyond_their_cycle_and_its_tolerance(cycle: str, days: int, late: int) -> None:
    assert standing.days_late(standing.late_from(cycle, TODAY - timedelta(days=days)), TODAY) == late
    assert standing.late_from(cycle, None) is None


def test_completeness_counts_what_is_asked_of_that_entry() -> None:
    bare = factories.published("bare")
    full = factories.published(
        "full", abstract="甲", keywords=("乙",), format_type="xlsx", data_class="公共服务", share_type="unconditional",
        secrecy_assessment="1号", privacy_assessment="不涉及",
    )
    assert standing.missing_of(full) == []
    assert standing.percent_of(full) == 100
    assert standing.percent_of(bare) < 40
    assert "有条件共享须写明共享范围" in standing.missing_of(bare)


def test_departments_are_scored_and_the_late_ones_counted() -> None:
    resource = factories.published("monthly", update_cycle="4")
    standing.data_landed(resource, TODAY - timedelta(days=60))
    [score] = lists.figures(TODAY)
    assert (score.published, score.late, score.items, score.unsourced) == (1, 1, 4, 4)
    assert [one.pk for one in lists.late(TODAY)] == [resource.pk]
    assert not lists.late(TODAY - timedelta(days=59)).exists()


def test_the_row_of_an_entry_follows_every_change_and_can_be_computed_again() -> None:
    resource = factories.published("monthly", update_cycle="4")
    standing.data_landed(resource, TODAY)
    actions.write_content(resource, {**resource.versions.get().content, "update_cycle": "2", "abstract": "甲"}, actor=SYSTEM, reason="改")
    kept = Standing.objects.values().get()
    assert (kept["data_on"], kept["late_from"]) == (TODAY, TODAY + timedelta(days=3))
    Standing.objects.all().delete()
    assert standing.rebuild(standing.missing(), {resource.pk: TODAY}) == 1
    assert Standing.objects.values().get() == kept
    actions.withdraw_resource(resource, actor=SYSTEM, reason="职责调整")
    assert (lists.figures(TODAY), lists.late(date(2030, 1, 1)).count()) == ([], 0)


def test_demands_changes_and_systems_are_counted_by_department() -> None:
    bureau = factories.bureau()
    resource = factories.published("one")
    changing.begin_change(resource, actor=SYSTEM, reason="职责调整")
    for number, state in enumerate(("assigned", "promised", "filed", "closed")):
        Demand.objects.create(
            organisation=bureau, owner=bureau, title=f"甲{number}", state=state, due_on=TODAY - timedelta(days=1), filed_at=clock.now()
        )
    systems.keep_system(SystemDraft("a1", "空的"), bureau, actor=SYSTEM)
    held = systems.keep_system(SystemDraft("a2", "有的"), bureau, actor=SYSTEM)
    systems.hold_resources(held, [resource], actor=SYSTEM)
    [figures] = lists.figures(TODAY)
    assert (figures.changes, figures.demands, figures.overdue, figures.systems, figures.empty_systems) == (1, 2, 2, 2, 1)


@pytest.mark.parametrize(("kind", "queries"), [("scores", 5), ("late", 3), ("responsibility", 4), ("negative", 3)])
def test_a_list_asks_the_same_number_of_queries_whatever_its_length(officer: Client, kind: str, queries: int) -> None:
    asked = []
    for number in (1, 12):
        for place in range(number):
            one = factories.published(f"{kind}_{number}_{place}", update_cycle="2")
            standing.data_landed(one, date(2020, 1, 1))
        officer.get(PATH, {"list": kind})
        with CaptureQueriesContext(connection) as found:
            assert officer.get(PATH, {"list": kind}).status_code == 200
        asked.append([query["sql"] for query in found if "catalog_" in query["sql"]])
    assert len(asked[0]) == len(asked[1]) <= queries


def test_all_lists_leave_as_one_workbook_of_texts(officer: Client) -> None:
    factories.published("one", abstract="=1+1", source_note="=cmd()")
    Demand.objects.create(organisation=factories.bureau(), title="=HYPERLINK(1)", purpose="甲", basis="乙", filed_at=clock.now())
    answer = officer.get("/console/catalogue/lists.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["需求清单", "责任清单", "负面清单", "逾期未更新", "统计"]
    cell = book["需求清单"]["A2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")
    assert [book["统计"][place].value for place in ("A2", "B2")] == ["市数据局", 1]


def test_each_list_is_shown(officer: Client) -> None:
    factories.published(
        "secret", share_type="withheld", basis_document="统计法", basis_article="第二十八条", withhold_reason="单个对象资料"
    )
    shown = {"scores": "各单位目录完整度", "late": "没有逾期", "responsibility": "数据责任清单", "negative": "第二十八条"}
    for kind, words in shown.items():
        answer = officer.get(PATH, {"list": kind})
        assert answer.status_code == 200
        assert words in answer.content.decode()
    assert officer.get(PATH, {"list": "else"}).status_code == 200
    assert Resource.objects.get().table == "secret"
