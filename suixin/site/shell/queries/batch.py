"""What the page of one batch shows: counts, marks, every indicator with its formula, reasons, the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.lake.models import Batch, Receipt
from suixin.data.quality import correcting, indicators
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Score, Table
from suixin.site.shell.queries.corrections import CorrectionPanel, correction_panel
from suixin.site.shell.queries.tables import score_of
from suixin.site.shell.templatetags.suixin import filesize, moment, number
from suixin.site.shell.words import RULES, dimension, rule_name, word


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch as its keepers and its supplier see it; `reasons` None for who may not read rejected rows."""

    resource: Resource
    batch: Batch
    facts: Sequence[tuple[str, str]]
    score: Score
    indicators: Table
    reasons: Table | None
    receipt: Sequence[tuple[str, str]]
    may_see_rejects: bool
    may_destroy: bool
    corrects: int | None
    correction: CorrectionPanel | None


def batch_page(table: str, batch_id: int, *, actor: Actor) -> BatchPage:
    """One batch. Raises UnknownResource, NotAllowed, NotFound."""
    resource = resource_by(table)
    policy.require(actor, "quality.view", resource)
    batch = Batch.objects.landed().filter(resource=resource, pk=batch_id).first()
    if batch is None:
        raise NotFound(f"资源“{resource.title}”没有批次 {batch_id};请从资源页面进入。")
    batch.resource = resource
    is_open = policy.may(actor, "quality.read_rejects", resource)
    receipt = Receipt.objects.filter(batch=batch).first()
    return BatchPage(
        resource=resource, batch=batch, facts=_facts(batch), score=score_of(batch), indicators=indicators_table(batch),
        reasons=_reasons(batch) if is_open else None, receipt=_receipt(receipt) if receipt else (),
        may_see_rejects=is_open and batch.rejected > 0, may_destroy=policy.may(actor, "purge.ask", resource),
        corrects=batch.corrects, correction=correction_panel(batch, actor=actor),
    )


def indicators_table(batch: Batch | None) -> Table:
    """All twenty indicators with mark, A, B and formula; what was not computed says why. None of a resource without a batch."""
    columns = (
        Column(gettext("指标")), Column(gettext("得分"), is_numeric=True), Column(gettext("A"), is_numeric=True),
        Column(gettext("B"), is_numeric=True), Column(gettext("公式"), is_long=True),
    )
    rows = [_indicator(one, batch) for one in indicators.ALL] if batch is not None else []
    return Table(gettext("GB/T 36344-2018 二十项指标"), columns, rows, gettext("还没有数据入库。"), is_cards=True)


def _indicator(one: indicators.Indicator, batch: Batch) -> list[Cell]:
    told = (batch.indicators if isinstance(batch.indicators, dict) else {}).get(one.code)
    head = Cell(word(one.title), note=f"{one.code} · {dimension(one.dimension)}")
    if not one.is_computed:
        formula = Cell(one.formula, note=gettext("不评分：%(why)s") % {"why": one.reason})
        return [head, Cell(gettext("不评分"), tone="quiet"), Cell(""), Cell(""), formula]
    formula = Cell(one.formula, note=one.counted)
    if not isinstance(told, dict):
        return [head, Cell(gettext("不适用"), tone="quiet"), Cell(""), Cell(""), formula]
    good, of = told.get("a"), told.get("b")
    counted = [Cell("" if value is None else number(value)) for value in (good, of)]
    if one.code in ("0303", "0305") and good is not None and of is not None:
        counted[0] = Cell(number(of - good))  # the formula's A counts the bad ones
    return [head, Cell(number(round(told["mark"], 2))), *counted, formula]


def _reasons(batch: Batch) -> Table:
    """Reasons with how many rows each concerns; each leads to the rows, where the faulty cells are marked."""
    columns = (
        Column(gettext("信息项")), Column(gettext("规则")), Column(gettext("行数"), is_numeric=True),
        Column(gettext("占比"), is_numeric=True), Column(gettext("怎么办"), is_long=True),
    )
    href = reverse("console-rejects", args=[batch.resource.table, batch.pk])
    rows = [
        (Cell(fault.item or gettext("整行")), Cell(rule_name(fault.rule), note=fault.rule if fault.rule in RULES else ""),
         Cell(number(fault.rows), href if batch.rejected else ""), Cell(f"{100 * fault.share:.2f}%"), Cell(fault.sentence))
        for fault in correcting.faults_of(batch)
    ]
    return Table(gettext("拒绝原因"), columns, rows, gettext("这一批没有被拒绝的行。"), is_cards=True)


def _facts(batch: Batch) -> list[tuple[str, str]]:
    return [
        (gettext("数据版本"), str(batch.table_version)), (gettext("入库时间"), moment(batch.created_at)),
        (gettext("来源文件"), batch.file_name + (f" / {batch.part}" if batch.part else "")),
        (gettext("原件大小"), filesize(batch.size)), (gettext("原件 SM3"), batch.sm3),
        (gettext("收到"), number(batch.rows_in)), (gettext("接受"), number(batch.accepted)), (gettext("拒绝"), number(batch.rejected)),
        *_changed(batch), (gettext("规则版本"), batch.rule_version), *_destroyed(batch),
    ]


def _destroyed(batch: Batch) -> list[tuple[str, str]]:
    lost = batch.destroyed.aggregate(rows=Sum("rows"), rejected=Sum("rejected"))
    if not lost["rows"] and not lost["rejected"]:
        return []
    told = {"rows": number(lost["rows"]), "rejected": number(lost["rejected"])}
    return [(gettext("此后销毁"), gettext("接受的 %(rows)s 行、拒绝的 %(rejected)s 行") % told)]


def _changed(batch: Batch) -> list[tuple[str, str]]:
    """Rows that it replaced, and those that went with it; of a whole state what changed."""
    if "inserted" not in batch.changes:
        gone = int(batch.changes.get("deleted", 0))
        return [(gettext("替换原有行"), number(batch.replaced - gone)), *([(gettext("删除"), number(gone))] if gone else [])]
    labels = (
        ("inserted", gettext("新增")), ("updated", gettext("更新")), ("deleted", gettext("删除")), ("unchanged", gettext("未变")),
        ("kept", gettext("不合格，保留原内容")),
    )
    return [(label, number(batch.changes.get(name, 0))) for name, label in labels]


def _receipt(receipt: Receipt) -> list[tuple[str, str]]:
    said = orjson.loads(receipt.line)
    return [
        (gettext("行的根摘要（SM3）"), receipt.root), (gettext("块数"), number(said["chunks"])),
        (gettext("签名公钥指纹"), said["fingerprint"]), (gettext("签名时间"), moment(datetime.fromisoformat(said["signed_at"]))),
    ]
