"""Each check passes on a good installation and fails by code on a bad one; what cannot be computed is named."""

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from suixin.data.access import log, log_files
from suixin.data.access.actions import give_grant, revoke_grant, suspend_grant
from suixin.data.access.tests import factories as access
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories as entries
from suixin.data.opening.actions import publish_dataset
from suixin.data.opening.models import Dataset
from suixin.data.opening.tests.opened import more_rows, table_with_rows
from suixin.ground.audit import archiving
from suixin.ground.audit.actions import record
from suixin.ground.audit.models import Record
from suixin.ground.audit.sealing import seal_pending
from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.durations import Duration
from suixin.ground.flow.tests import factories as flow
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.checksums import resident_id_check_char
from suixin.site.compliance import algorithms, catalogue, deadlines, identities, openness, records, report, unbuilt
from suixin.site.compliance.values import Outcome

pytestmark = pytest.mark.django_db(transaction=True)
COMPUTED = {"1.1", "1.2", "1.3", "2.1", "4.1", "6.1", "6.2", "6.3", "6.4", "6.6", "7.1", "9.1", "9.2", "9.3", "10.1"}


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    """The folder of the node, its lake empty, its anchors its own."""
    with access.node_at(tmp_path, monkeypatch) as folder:
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, anchors=tmp_path / "anchors"))
        yield folder


def test_every_one_of_the_ten_is_computed_or_open_by_name_with_a_reason():
    parts = report.compliance()
    assert {part.number.split(".")[0] for part in parts} == {str(n) for n in range(1, 11)}
    assert {part.number for part in parts if part.outcome is not Outcome.OPEN} == COMPUTED
    assert all(part.title and part.basis and part.sentence.endswith("。") for part in parts)
    assert all(part.sentence for part in unbuilt.parts())


def test_people_who_are_nobody_fail_the_check_while_they_may_sign_in(monkeypatch):
    assert identities.proven().outcome is Outcome.PASSES
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, simulated_identity=True))
    part = identities.proven()
    assert (part.outcome, part.figures["模拟登录"]) == (Outcome.FAILS, "开")
    assert "SUIXIN_SIMULATED_IDENTITY" in part.sentence


def test_entry_without_abstract_is_named():
    resource = table_with_rows("some_table")
    Resource.objects.update(abstract="", publish_date=None)
    part = catalogue.completeness()
    assert part.outcome is Outcome.FAILS
    assert f"{resource.code}:缺" in part.evidence[0]
    assert "摘要" in part.evidence[0]


@pytest.mark.parametrize(("document", "article", "outcome"), [
    ("《统计法》第九条", "第九条", "passes"), ("某某管理办法", "第三条", "fails"), ("", "", "fails"), ("领导要求", "第一条", "fails"),
])  # fmt: skip
def test_only_law_regulation_or_decision_of_the_state_council_is_a_basis(document, article, outcome):
    Resource.objects.filter(pk=entries.published().pk).update(share_type="withheld", basis_document=document, basis_article=article)
    assert catalogue.withheld_bases().outcome == outcome


def test_changed_audit_record_breaks_the_chain():
    for n in range(3):
        record(SYSTEM, "test.done", ("thing", str(n)))
    seal_pending(is_anchored=True)
    assert records.chain().outcome is Outcome.PASSES
    Record.objects.filter(object_key="1").update(actor_name="别人")
    assert records.chain().outcome is Outcome.FAILS


def test_removed_access_record_is_noticed():
    for _ in range(3):
        log.note_reading(SYSTEM, "307001/00001", action="look", rows=1)
    assert records.log_retention().outcome is Outcome.PASSES
    with sqlite3.connect(log.path()) as connection:
        connection.execute("DELETE FROM access WHERE id = 2")
    assert records.log_retention().outcome is Outcome.FAILS


def test_finished_files_of_the_access_log_count():
    def read(rows):
        log.note_reading(SYSTEM, "307001/00001", action="look", rows=rows)

    with clock.frozen(datetime(2026, 3, 1, 9, tzinfo=clock.CHINA)):
        [read(n) for n in range(4)]
    log.settle()
    with sqlite3.connect(log.path()) as connection:
        connection.execute("UPDATE access SET door = 'rows', subject = '' WHERE id = 2")
    with clock.frozen(datetime(2026, 3, 2, 9, tzinfo=clock.CHINA)):
        read(1)
        [finished] = log_files.rotate()
        assert records.records_of_use().figures == {"授权读取": 1, "缺项": 1}
        assert (records.log_retention().outcome, records.log_retention().figures["访问日志"]) == (Outcome.PASSES, 5)
        finished.unlink()
        assert records.log_retention().outcome is Outcome.FAILS


def test_algorithms_work_and_leave_no_key_behind():
    before = sorted(settings.SUIXIN.keys.iterdir()) if settings.SUIXIN.keys.is_dir() else []
    assert algorithms.in_use().outcome is Outcome.PASSES
    assert not [path for path in (sorted(settings.SUIXIN.keys.iterdir()) if settings.SUIXIN.keys.is_dir() else []) if path not in before]


def test_check_that_breaks_fails_by_name(monkeypatch):
    monkeypatch.setattr(openness, "licences", lambda: 1 / 0)
    [part] = [part for part in report.compliance() if part.number == "9.2"]
    assert (part.outcome, "ZeroDivisionError" in part.sentence) == (Outcome.FAILS, True)


def opened(**changes):
    resource = table_with_rows("some_table", open_type="unconditional")
    dataset = publish_dataset(resource, actor=SYSTEM, reason="测试")
    Dataset.objects.filter(pk=dataset.pk).update(**changes) if changes else None
    return resource


def test_open_table_without_sensitive_content_passes_and_one_below_the_threshold_fails(monkeypatch):
    resource = opened()
    scan = openness.sensitive_scan(lambda _: None)
    assert (scan.outcome, scan.figures["行"]) == (Outcome.PASSES, 3)
    assert openness.formats().outcome is Outcome.PASSES
    assert openness.quality().outcome is Outcome.PASSES
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, quality_threshold=101))
    assert (openness.quality().outcome, openness.quality().evidence[0].split()[0]) == (Outcome.FAILS, resource.code)


def test_resident_id_hidden_in_one_cell_of_an_open_table_is_found_and_never_shown():
    resource = opened()
    body = "51090318900101112"
    number = body + resident_id_check_char(body)
    more_rows(resource, 1, sm3="hidden", name=f"联系人证件{number}")
    part = openness.sensitive_scan(lambda _: None)
    assert (part.outcome, part.evidence) == (Outcome.FAILS, (f"{resource.code} 名称(name):resident_id",))
    assert number not in str(part)


@pytest.mark.parametrize(("text", "kind"), [
    ("旧证件号 510903900307001", "resident_id"), ("退款到账号6222 0200 0000 0000 018", "bank_card"),
    ("身份证：５１０９０３１９９００３０７００１１", "resident_id"),
])  # fmt: skip
def test_free_text_of_an_open_table_is_read_for_numbers_in_every_dress(text, kind):
    resource = opened()
    more_rows(resource, 1, sm3="hidden", name=text)
    part = openness.sensitive_scan(lambda _: None)
    assert (part.outcome, part.evidence) == (Outcome.FAILS, (f"{resource.code} 名称(name):{kind}",))


def test_telephone_in_open_text_is_told_to_be_looked_at_and_fails_nothing():
    resource = opened()
    more_rows(resource, 1, sm3="hidden", name="值班电话13800138000")
    part = openness.sensitive_scan(lambda _: None)
    assert (part.outcome, part.figures["待核对"]) == (Outcome.PASSES, 1)
    assert part.evidence == (f"待核对 {resource.code} 名称(name):mobile",)


def test_archived_audit_records_count_as_kept_until_an_archive_is_gone(node):
    with clock.frozen(datetime(2026, 1, 10, 12, tzinfo=clock.CHINA)):
        [record(SYSTEM, "test.done", ("thing", str(n))) for n in range(3)]
        seal_pending(is_anchored=True)
    with clock.frozen(datetime(2026, 12, 10, 12, tzinfo=clock.CHINA)):
        record(SYSTEM, "test.done", ("thing", "late"))
        [path] = archiving.archive(actor=SYSTEM)
        part = records.provision_records()
        assert (part.outcome, part.figures["归档文件"], part.figures["库内首号"]) == (Outcome.PASSES, 1, 4)
        path.unlink()
        assert records.provision_records().outcome is Outcome.FAILS


def test_late_review_and_late_correction_are_named():
    assert (deadlines.review().outcome, deadlines.correction().outcome) == (Outcome.PASSES, Outcome.PASSES)
    for slug, node in (("catalog-publication", "reviewed"), ("quality-correction", "handled")):
        cast = flow.world(Declaration(slug, slug, (flow.task(node),), statutory=Duration(2)))
        with clock.frozen(flow.MONDAY):
            flow.started(slug, cast["alpha"])
    with clock.frozen(flow.MONDAY + timedelta(days=20)):
        for part, evidence in ((deadlines.review(), "1"), (deadlines.correction(), "1:超过法定时限")):
            assert (part.outcome, part.evidence) == (Outcome.FAILS, (evidence,))


def test_open_dataset_without_licence_is_named():
    opened(licence=" ")
    part = openness.licences()
    assert (part.outcome, part.evidence) == (Outcome.FAILS, ("some-table",))


def test_suspended_and_revoked_grants_are_counted():
    grant = give_grant(table_with_rows("counted"), actor=SYSTEM, subject_kind="public", basis="试验")
    suspend_grant(grant, actor=SYSTEM, reason="整改")
    revoke_grant(grant, actor=SYSTEM, reason="终止")
    [part] = [part for part in unbuilt.parts() if part.number == "5"]
    assert part.figures == {"暂停": 1, "撤销": 1}
