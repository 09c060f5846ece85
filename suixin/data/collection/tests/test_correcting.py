"""Bad batches become orders of the provider, and close when a later batch is free of the reason."""

from pathlib import Path

import openpyxl
import pytest

from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.lake import rejects
from suixin.data.lake.models import Batch
from suixin.data.quality import actions as quality
from suixin.data.quality import correcting
from suixin.data.quality.errors import NothingToCorrect
from suixin.data.quality.loop import sheets
from suixin.ground.flow import subjects
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.subjects import Subject
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
HEAD = "代码,名称,数量,日期\n"
BAD = HEAD + "K1,甲,1,2024-01-01\n,乙,2,2024-01-02\n,丙,3,2024-01-03\nK4,丁,多,2024-01-04\n"


def landed(folder: Path, text: str, *, name: str = "表.csv", resource: Resource | None = None) -> Batch:
    resource = resource or factories.published()
    (folder / name).write_text(text, "utf-8")
    [outcome] = actions.run_feed(folder / name, actor=SYSTEM, resource=resource)
    assert outcome.status == "landed", outcome
    return Batch.objects.landed().select_related("resource__provider").order_by("-pk")[0]


def again(order: WorkOrder) -> bool:
    """Whether the order's own measure finds it well now."""
    return subjects.measures[order.measure](Subject(order.subject_kind, order.subject_key), order.arguments).is_well


def test_reasons_are_told_by_count_and_never_with_a_value_of_a_row(tmp_path: Path) -> None:
    first, second = correcting.faults_of(landed(tmp_path, BAD))
    assert (first.rule, first.item, first.rows, first.share) == ("key_null", "代码", 2, 0.5)
    assert first.sentence == "2 行“代码”是主键,不能为空,请补填（数据第 2、3 行，不含表头）。"
    assert "多" not in second.sentence


def test_batch_opens_one_order_for_each_leading_reason_and_counts_it_later(tmp_path: Path) -> None:
    batch = landed(tmp_path, BAD)
    orders = quality.raise_orders(batch, actor=SYSTEM)
    assert [order.title for order in orders] == ["某资源：“代码”不合格", "某资源：“数量”不合格"]
    assert orders[0].organisation == batch.resource.provider
    later = landed(tmp_path, BAD.replace("甲", "换"), name="又.csv", resource=batch.resource)
    assert [order.times_seen for order in quality.raise_orders(later, actor=SYSTEM)] == [2, 2]
    assert WorkOrder.objects.count() == 2


def test_order_is_well_only_after_a_later_batch_without_the_reason(tmp_path: Path) -> None:
    batch = landed(tmp_path, BAD)
    key, amount = quality.raise_orders(batch, actor=SYSTEM)
    assert not again(key)
    landed(tmp_path, HEAD + "K2,乙,2,2024-01-02\nK4,丁,多,2024-01-04\n", name="改.csv", resource=batch.resource)
    assert again(key)
    assert not again(amount)


def test_very_many_rejects_are_counted_to_the_last_and_the_sheet_holds_the_first_of_them(tmp_path: Path) -> None:
    many = "".join(f"K{n},甲,多,2024-01-01\n" for n in range(20_000)) + ",乙,2,2024-01-02\n" * 30
    batch = landed(tmp_path, HEAD + many + "K0,丙,1,2024-01-01\n")
    assert [(one.rule, one.rows) for one in correcting.faults_of(batch)] == [("type", 20_000), ("key_null", 30), ("duplicate", 1)]
    assert "第 20001、20002、20003、20004、20005 行等" in correcting.faults_of(batch)[1].sentence
    with sheets.sheet_of(batch, actor=SYSTEM, most=50) as made:
        book = openpyxl.load_workbook(made.path)
    assert (made.rows, made.total, book["数据"].max_row) == (50, 20_031, 54)
    assert "前 50 行，另有 19,981 行" in str(book["数据"]["A1"].value)
    assert [row[1].value for row in book["拒绝原因"].iter_rows(min_row=2)] == [20_000, 30, 1]
    orders = quality.raise_orders(batch, actor=SYSTEM)
    landed(tmp_path, HEAD + many, name="又.csv", resource=batch.resource)
    assert not any(again(order) for order in orders)  # also of the reason behind 20,000 others


def test_reasons_are_counted_anew_when_rejected_rows_are_destroyed(tmp_path: Path) -> None:
    batch = landed(tmp_path, BAD)
    rejects.drop_rejects(batch.resource.table, rejects.rejects_file(batch.resource.table, batch.pk), lambda one: one.row == 2)
    assert [(one.rule, one.rows, one.samples) for one in rejects.reasons_of(batch.resource.table, batch.pk)] == [
        ("key_null", 1, [3]), ("type", 1, [4])
    ]


def test_few_bad_rows_are_no_order_unless_somebody_wants_one(tmp_path: Path) -> None:
    rows = "".join(f"K{n},甲,1,2024-01-01\n" for n in range(300))
    batch = landed(tmp_path, HEAD + rows + ",乙,2,2024-01-02\n")
    assert quality.raise_orders(batch, actor=SYSTEM) == []
    clerk = Actor(ActorKind.STAFF, "li", "李经办", factories.BUREAU_USCC, (factories.BUREAU_USCC,), frozenset({"clerk"}))
    assert quality.turn_into_order(batch, actor=clerk).finder == "李经办"


def test_stranger_and_a_faultless_batch_make_no_order(tmp_path: Path) -> None:
    batch = landed(tmp_path, HEAD + "K1,甲,1,2024-01-01\n")
    with pytest.raises(NothingToCorrect, match="不用转工单"):
        quality.turn_into_order(batch, actor=SYSTEM)
    stranger = Actor(ActorKind.STAFF, "wang", "王", "11510900XX0000094T", (), frozenset({"clerk"}))
    with pytest.raises(NotAllowed):
        quality.turn_into_order(batch, actor=stranger)
