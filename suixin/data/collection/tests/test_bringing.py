"""Who may bring what where, and what is known, stranded or vanished."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from suixin.data.access.versions import row_count
from suixin.data.catalog import actions as catalog
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.catalog.tests.factories import ASSESSED
from suixin.data.collection import actions, folders, landing
from suixin.data.collection.folders import collect_folder
from suixin.data.collection.models import Run, RunStatus
from suixin.data.collection.tests.test_actions import GOOD, file, officer
from suixin.data.lake.models import Batch
from suixin.data.lake.snapshots import snapshot
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.ground.audit.models import Record
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM, Actor, ActorKind

pytestmark = pytest.mark.django_db(transaction=True)
OTHER_USCC = "11510900008702103B"
MORE = "代码,名称,数量,日期\nA2,改,3,2022-03-02\nA3,丙,3,2022-03-03\n"


def other_clerk() -> Actor:
    """A clerk of another department than the bureau."""
    Organisation.objects.get_or_create(uscc=OTHER_USCC, defaults={"name": "市教育局", "slug": "jiaoyuju"})
    return Actor(ActorKind.STAFF, "clerk", "教育局经办", OTHER_USCC, (OTHER_USCC,), frozenset({"clerk"}))


def test_file_that_fits_the_feed_of_another_department_is_refused(tmp_path: Path) -> None:
    resource = factories.published()
    actions.declare_feed(resource, ["企业*.csv"], actor=SYSTEM)
    actions.run_feed(file(tmp_path, GOOD, "企业1.csv"), actor=officer())
    before = snapshot("some_table").version
    [outcome] = actions.run_feed(file(tmp_path, MORE, "企业2.csv"), actor=other_clerk())
    assert (outcome.status, "没有" in outcome.message) == ("refused", True)
    assert snapshot("some_table").version == before


def test_equal_columns_do_not_lead_into_another_departments_resource(tmp_path: Path) -> None:
    actions.run_feed(file(tmp_path, GOOD), actor=officer(), accept=ASSESSED)
    [outcome] = actions.run_feed(file(tmp_path, GOOD), actor=other_clerk())
    assert outcome.status == "proposed"
    assert Resource.objects.filter(provider__uscc=OTHER_USCC).count() == 1


@pytest.mark.parametrize("scope", [None, ""])
def test_single_files_of_the_same_columns_are_one_resource_wherever_they_lay(tmp_path: Path, scope: str | None) -> None:
    first, second = file(tmp_path / "upload-x1", GOOD), file(tmp_path / "upload-y2", MORE)
    actions.run_feed(first, actor=officer(), accept=ASSESSED, scope=scope)
    [outcome] = actions.run_feed(second, actor=officer(), accept=ASSESSED, scope=scope)
    resource = Resource.objects.get()
    assert (outcome.status, row_count(resource.table)) == ("landed", 3)
    assert "其中 1 行替换了原有同键数据" in outcome.message


def test_the_same_bytes_are_known_wherever_they_lay(tmp_path: Path) -> None:
    collect_folder(file(tmp_path, GOOD).parent, actor=officer(), accept=ASSESSED)
    [again] = actions.run_feed(file(tmp_path / "upload-y2", GOOD, "另名.csv"), actor=officer(), accept=ASSESSED, scope="")
    assert (again.status, Resource.objects.count(), Batch.objects.count()) == ("known", 1, 1)


def test_the_folder_of_an_upload_is_told_to_nobody(tmp_path: Path) -> None:
    actions.run_feed(file(tmp_path / "upload-x1", GOOD), actor=officer(), scope="")
    resource = Resource.objects.get()
    assert not [text for text in (resource.title, resource.source_note, resource.table) if "upload" in text or "目录" in text]


def test_bytes_of_a_withdrawn_resource_are_not_known(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD)
    collect_folder(path.parent, actor=officer(), accept=ASSESSED)
    catalog.withdraw_resource(Resource.objects.get(), actor=SYSTEM, reason="测试")
    [outcome] = collect_folder(path.parent, actor=officer(), accept=ASSESSED)
    assert (outcome.status, Resource.objects.count()) == ("landed", 2)


def test_file_that_vanishes_before_it_is_read_is_an_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(tmp_path, GOOD)
    listed = [(path.parent, [path, path.with_name("去.csv")])]
    monkeypatch.setattr(folders, "_directories", lambda _: iter(listed))
    outcomes = collect_folder(path.parent, actor=officer(), accept=ASSESSED)
    assert {outcome.path: outcome.status for outcome in outcomes} == {"去.csv": "refused", "表.csv": "landed"}


def test_file_that_comes_while_its_entry_is_published_lands(tmp_path: Path) -> None:
    actions.run_feed(file(tmp_path, GOOD), actor=officer())
    factories.assess()
    stale = Resource.objects.get()
    actions.accept_proposal(stale, actor=SYSTEM)
    stale.state = "proposed"
    [outcome] = actions.run_feed(file(tmp_path, MORE), actor=officer(), resource=stale)
    assert (outcome.status, row_count(stale.table)) == ("landed", 3)


def test_stranded_files_land_and_what_is_not_in_the_original_is_refused(tmp_path: Path) -> None:
    actions.run_feed(file(tmp_path, GOOD), actor=officer())
    waiting = Run.objects.get(status=RunStatus.PROPOSED)
    Run.objects.create(**{**_values(waiting), "table_name": "没有这张"})
    catalog.publish_resource(Resource.objects.get(), actor=SYSTEM, assessed=ASSESSED)
    outcomes = actions.land_waiting(actor=SYSTEM)
    assert [outcome.status for outcome in outcomes] == ["landed", "refused"]
    assert "找不到表" in outcomes[1].message
    assert actions.land_waiting(actor=SYSTEM) == []


def _values(run: Run) -> dict[str, object]:
    return {field.attname: getattr(run, field.attname) for field in Run._meta.concrete_fields if not field.primary_key}


def test_audit_names_who_brought_the_data(tmp_path: Path) -> None:
    actions.run_feed(file(tmp_path, GOOD), actor=officer(), resource=factories.published())
    assert Record.objects.get(action="lake.batch_landed").actor_key == "officer"


def test_what_is_small_is_decided_by_its_rows_not_by_its_packing() -> None:
    def batches() -> Iterator[SourceBatch]:
        yield SourceBatch(pa.record_batch({"a": ["x" * 1000] * 2000}), 1)
        raise AssertionError("read on although it is large")

    large = SourceTable("t", ("a",), batches, "csv")
    small = replace(large, batches=lambda: iter([SourceBatch(pa.record_batch({"a": ["x"]}), 1)]))
    assert (landing._is_small(large), landing._is_small(small)) == (False, True)
