"""Who asks, who decides, what is kept how long; and that a delivery does not bring back what was destroyed."""

import errno
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from suixin.data.catalog import actions as catalog
from suixin.data.catalog.tests import offices
from suixin.data.collection import actions
from suixin.data.collection.destruction import asking, deciding, places, retaining, running, seeking, waiting
from suixin.data.collection.destruction.errors import InvalidDestruction, NotDecided, SamePerson
from suixin.data.collection.destruction.places import Ending
from suixin.data.collection.models import Feed, FrontChunk, FrontStream, Source
from suixin.data.collection.sources.places import ORDER
from suixin.data.lake import archive, snapshots
from suixin.data.lake.errors import TableBusy, Unopened
from suixin.data.lake.holding import LakeHolding
from suixin.data.lake.models import Batch, DestroyedOriginal, Destruction, DestructionKind, DestructionState
from suixin.data.lake.purging.selecting import Selection
from suixin.data.lake.purging.sought import Sought
from suixin.data.lake.receipt_verifying import verify_receipt
from suixin.data.lake.receipts import envelope_of
from suixin.ground.audit.models import Record
from suixin.ground.jobs.models import Job
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed, SuixinError
from suixin.kit.keyring.errors import KeyMissing

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {"basis": "个人信息保护法第四十七条", "document": "销〔2026〕1号"}


@pytest.fixture
def office():
    return offices.office()


@pytest.fixture
def resource(office, tmp_path, monkeypatch):
    """Lamps L100001 to L100020; what lies beyond this module is not asked."""
    monkeypatch.setattr(places, "close", lambda _: [])
    entry = catalog.publish_resource(offices.entry(office), actor=SYSTEM)
    bring(entry, tmp_path, range(1, 21))
    return entry


def bring(resource, folder, numbers, name="lamps.csv"):
    """What became of a file of lamps."""
    lines = [f"L1000{number:02d},灯{number},1.5,2020-03-{number:02d}" for number in numbers]
    (folder / name).write_text("\n".join(["代码,名称,数量,日期", *lines, ""]), "utf-8")
    return actions.run_feed(folder / name, actor=SYSTEM, resource=resource)[0]


def ask(resource, office, value="L100007"):
    return asking.ask_for_person([(resource, "代码")], value, **WORDS, actor=office.clerk)


def done(resource, office):
    """The destruction of a lamp, carried out."""
    asked = ask(resource, office)
    offices.decide(asking.running(asked), office.head)
    asked.refresh_from_db()
    return running.destroy(asked, actor=SYSTEM)


def test_what_was_asked_is_counted_and_named_by_its_digest_only(resource, office):
    asked = ask(resource, office)
    assert asked.targets.get().counted == {"rows": 1, "files": 1, "rejected": 0}
    assert asked.state == DestructionState.ASKED
    assert len(asked.digest) == 32
    told = Record.objects.get(action="purge.asked")
    assert told.detail["digest"] == asked.digest
    assert "L100007" not in str(told.detail)


@pytest.mark.parametrize("words", [{"basis": " ", "document": "x"}, {"basis": "x", "document": ""}])
def test_without_basis_and_document_nothing_is_asked(resource, office, words):
    with pytest.raises(InvalidDestruction, match="请填写"):
        asking.ask_for_person([(resource, "代码")], "L100007", **words, actor=office.clerk)
    assert not Destruction.objects.exists()


def test_a_short_value_ends_by_its_column_and_no_other_row_with_it(resource, office, tmp_path):
    lines = {
        "short.csv": ["7,甲,1,2020-03-01", "8,7,7,2020-03-02", "7,乙,坏,2020-03-03", "9,7,坏,2020-03-04"],
        "other.csv": ["80,7,7,2020-03-07"],
    }
    for name, rows in lines.items():
        (tmp_path / name).write_text("\n".join(["代码,名称,数量,日期", *rows, ""]), "utf-8")
        assert actions.run_feed(tmp_path / name, actor=SYSTEM, resource=resource)[0].status == "landed"
    short, other = Batch.objects.order_by("pk").values_list("sm3", flat=True)[1:]
    asked = ask(resource, office, "7")
    assert asked.targets.get().counted == {"rows": 1, "files": 1, "rejected": 1}
    offices.decide(asking.running(asked), office.head)
    asked.refresh_from_db()
    told = asking.statement_of(running.destroy(asked, actor=SYSTEM))
    assert snapshots.snapshot(resource.table).rows == 22
    assert DestroyedOriginal.objects.filter(sm3__in=[short, other]).values_list("sm3", flat=True).get() == short
    assert "按信息项“代码”逐列比对" in str(told["done"])
    assert "各版本和拒收记录已按该列再查一遍，没有找到" in str(told["done"])  # and no more than that


def test_a_short_code_is_of_many_and_refused(resource, office, monkeypatch):
    contract = resource.contract
    coded = contract.with_items(tuple(replace(item, code_set="GB/T 2261.1") if item.name == "名称" else item for item in contract.items))
    monkeypatch.setattr(type(resource), "contract", coded)
    with pytest.raises(InvalidDestruction, match="是许多行共有的代码"):
        asking.ask_for_person([(resource, "名称")], "1", **WORDS, actor=office.clerk)
    assert not Destruction.objects.exists()


def test_another_department_may_not_ask(resource, office):
    stranger = offices.employ("clerk", office.city.bureau, "stranger")
    with pytest.raises(NotAllowed):
        asking.ask_for_person([(resource, "代码")], "L100007", **WORDS, actor=stranger)


def test_who_asked_cannot_decide_though_being_the_head(resource, office):
    both = offices.employ("clerk", office.city.department, "both")
    asked = asking.ask_for_person([(resource, "代码")], "L100007", **WORDS, actor=both)
    asked.asked_key = f"staff:{office.head.key}"
    asked.save()
    with pytest.raises(SamePerson, match="本人申请"):
        offices.decide(asking.running(asked), office.head)
    with pytest.raises(IntegrityError), transaction.atomic():
        Destruction.objects.filter(pk=asked.pk).update(decided_key=asked.asked_key)


def test_nothing_is_destroyed_before_it_was_decided(resource, office):
    with pytest.raises(NotDecided):
        running.destroy(ask(resource, office), actor=SYSTEM)
    assert snapshots.snapshot(resource.table).rows == 20


def test_refused_the_value_is_forgotten(resource, office):
    asked = ask(resource, office)
    deciding.refuse(str(asked.uuid), reason="依据不足")
    asked.refresh_from_db()
    assert (asked.state, asked.sealed) == (DestructionState.REFUSED, "")


def test_approved_it_is_handed_to_the_worker_and_ends_once(resource, office):
    asked = done(resource, office)
    assert Job.objects.filter(kind=deciding.JOB).count() == 1
    assert snapshots.snapshot(resource.table).rows == 19
    assert running.destroy(asked, actor=SYSTEM).certificate == asked.certificate
    assert [proof.fault for proof in LakeHolding().proofs(has_keys=True)] == [""]


def test_one_that_stopped_goes_on_by_itself_unless_a_person_has_to_look(resource, office):
    asked = ask(resource, office)
    offices.decide(asking.running(asked), office.head)
    assert deciding.resume_stopped() == 0
    Job.objects.filter(kind=deciding.JOB).update(state="failed", code="lake-423")
    assert deciding.resume_stopped() == 1
    Job.objects.filter(kind=deciding.JOB).update(state="failed", code="purge-500")
    assert deciding.resume_stopped() == 0


def test_the_same_file_does_not_bring_it_back(resource, office, tmp_path):
    done(resource, office)
    outcome = bring(resource, tmp_path, range(1, 21))
    assert outcome.status == "refused"
    assert "销毁" in outcome.message
    assert snapshots.snapshot(resource.table).rows == 19


def test_a_receipt_fetched_afterwards_is_valid_and_tells_it(resource, office):
    batch = Batch.objects.get()
    before = envelope_of(batch, resource.table)
    done(resource, office)
    after = envelope_of(batch, resource.table)
    trusted = [str(verify_receipt(before, trusted=[]).statement["fingerprint"])]
    assert verify_receipt(before, trusted=trusted).is_intact
    verdict = verify_receipt(after, trusted=trusted)
    assert verdict.is_intact
    assert any("销毁接受的行 1 行" in one.sentence for one in verdict.findings)
    assert not verify_receipt(after.replace(b'"rows":1', b'"rows":0'), trusted=trusted).is_intact


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "io"), Unopened("x"), KeyMissing("x")])
def test_a_fault_of_disk_or_key_is_no_reason_to_destroy_an_original(resource, office, monkeypatch, fault):
    asked = ask(resource, office)
    offices.decide(asking.running(asked), office.head)
    asked.refresh_from_db()
    # so that only reading tells which original it is
    monkeypatch.setattr("suixin.data.lake.purging.rows.purge_rows", lambda *_, **__: None)

    def failing(_):
        raise fault

    monkeypatch.setattr(archive, "open_archived", failing)
    with pytest.raises(SuixinError):
        running.destroy(asked, actor=SYSTEM)
    asked.refresh_from_db()
    assert asked.state == DestructionState.APPROVED
    assert asked.trouble
    assert not DestroyedOriginal.objects.exists()


def test_a_full_disk_while_cells_are_read_stops_and_a_damaged_format_counts_as_holding(tmp_path, monkeypatch):
    book = tmp_path / "a.xlsx"
    book.write_bytes(b"PK\x03\x04 damaged")
    assert seeking._in_cells(book, Sought(("x",)))

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("suixin.data.collection.readers.opened._Finding.take", full)
    with pytest.raises(OSError, match="No space left"):
        seeking._in_cells(book, Sought(("x",)))


def test_the_place_of_a_feed_moves_behind_and_keeps_its_cursor():
    place = {ORDER: ["2026-01-01", "L100007"], "rows": 3}
    assert waiting._behind(place, ("l100007",)) == {ORDER: ["2026-01-01", waiting.BEHIND], "rows": 3}
    assert waiting._behind({ORDER: ["L100007"]}, ("l100007",)) is None


@pytest.mark.parametrize(("period", "before"), [
    ("P5Y", date(2021, 2, 28)), ("P24M", date(2024, 2, 29 - 1)), ("P1M", date(2026, 1, 28)), ("P60D", date(2025, 12, 30)),
])
def test_a_period_ends_on_a_day(period, before):
    assert retaining.cutoff(period, date(2026, 2, 28)) == before


@pytest.mark.parametrize("period", ["5Y", "P0Y", "P1Y2M", "P9999Y", ""])
def test_what_is_no_period_is_refused(period):
    with pytest.raises(InvalidDestruction):
        retaining.cutoff(period, date(2026, 2, 28))


def test_what_is_due_is_proposed_once_and_another_person_decides(resource, office):
    retaining.set_retention(resource, "P1D", **WORDS, actor=office.clerk)
    assert list(retaining.propose_due(actor=SYSTEM)) == []
    with clock.frozen(clock.now() + timedelta(days=3)):
        proposed = list(retaining.propose_due(actor=SYSTEM))
        assert list(retaining.propose_due(actor=SYSTEM)) == []
    assert [one.targets.get().counted["rows"] for one in proposed] == [20]
    assert proposed[0].asked_key == f"staff:{office.clerk.key}"


def test_a_period_from_a_day_in_the_rows_takes_only_those_before(resource, office):
    held = retaining.set_retention(resource, "P6Y", field="日期", **WORDS, actor=office.clerk)
    assert held is not None
    selection = retaining.due(held, date(2026, 3, 10))
    assert selection == Selection("day", before=date(2020, 3, 10))
    asked = asking.ask(DestructionKind.DUE, [(resource, selection)], basis="x", document="y", actor=office.clerk)
    assert asked.targets.get().counted["rows"] == 9


def test_a_draft_loses_only_the_rows_that_name_it(resource, office):
    from uuid import uuid4

    from suixin.data.collection import filling

    rows = [("L100007", "灯", "1", "2020-03-01"), ("L100008", "灯", "1", "2020-03-01")]
    draft = filling.save_draft(resource, filling.Saving(uuid4(), 0, rows), actor=office.clerk)
    assert waiting.forget_drafts(Ending(resource, Selection("code", ("l100007",)))) == 1
    draft.refresh_from_db()
    assert filling.rows_of(draft) == [rows[1]]


def test_chunk_of_another_table_of_a_front_machine_does_not_keep_a_destruction_waiting(resource):
    source = Source.objects.create(name="前置机", slug="front", kind="agent", organisation=resource.provider, created_at=clock.now())
    Feed.objects.create(resource=resource, source=source, table="lamps")
    for name in ("trees", "lamps"):
        stream = FrontStream.objects.create(source=source, name=name)
        FrontChunk.objects.create(stream=stream, sequence=1, sm3="x", size=1, rows=1, columns=[], received_at=clock.now())
        if name == "trees":
            waiting.require_quiet(Ending(resource, Selection()))
    with pytest.raises(TableBusy, match="没有处理完"):
        waiting.require_quiet(Ending(resource, Selection()))
