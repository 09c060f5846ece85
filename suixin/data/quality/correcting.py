"""Why rows of a batch were rejected, counted by reason; and whether a later batch is free of a reason.

Never   a value of a row: what is told here goes into orders and messages, so reasons stand without the cell
Counted all rejected rows, while the batch was written (`lake.reject_counts`). Whether a reason is gone is asked of all of
        them, in a job
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from suixin.data.lake.models import Batch
from suixin.data.lake.reject_counts import ReasonCount
from suixin.data.lake.rejects import KeptReject, read_rejects, reasons_of
from suixin.data.quality.checks import BROKEN, DUPLICATE
from suixin.data.quality.loop import corrections
from suixin.ground.flow.subjects import Measured, Subject

LOW_SCORE = "score"
MEASURE = "quality.batch"


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason: how many rows of the batch it concerns, as a sentence that says what to do."""

    rule: str
    item: str
    rows: int
    share: float
    sentence: str


def faults_of(batch: Batch) -> list[Fault]:
    """The reasons of a landed batch, most frequent first; a score below the threshold without such a reason is one too."""
    table = batch.resource.table
    found = [
        Fault(one.rule, one.item, one.rows, one.rows / max(batch.rows_in, 1), _sentence(_remedy_of(table, batch.pk, one), one))
        for one in (reasons_of(table, batch.pk) if batch.rejected else ())
    ]
    score, threshold = score_of(batch), _threshold()
    if not found and score is not None and score < threshold:
        found.append(Fault(LOW_SCORE, "", 0, 0.0, f"质量总分 {score:g} 分，低于 {threshold} 分；请按质量评分的各维度改进。"))
    return found


def is_worth_an_order(fault: Fault, *, is_grouped: bool = False) -> bool:
    """Whether a reason concerns so many rows, or so large a share, that the provider must act. Settings say how many.

    A low score alone is none for the many small tables of a group: their page tells it, and a person may turn it into one.
    """
    settled = settings.SUIXIN
    if fault.rule == LOW_SCORE:
        return not is_grouped
    return fault.rows >= settled.order_rows or 100 * fault.share >= settled.order_percent


def measure(_: Subject, arguments: Mapping[str, object]) -> Measured:
    """Whether the resource no longer shows the reason: by the newest whole batch, less the rows that sheets have mended since."""
    known, rule, item = int(str(arguments["batch"])), str(arguments["rule"]), str(arguments["item"])
    landed = Batch.objects.landed().whole().select_related("resource").filter(resource__table=arguments["table"])
    newest = landed.filter(pk__gte=known).order_by("-pk").first()
    if newest is None or (newest.pk == known and not newest.corrections.filter(is_done=True).exists()):
        return Measured(False, "还没有收到更正表，也没有收到新的一批数据；请更正后上传，再点“已整改”。", {"batch": known})
    return measured(newest, rule, item, judged_by=str(arguments.get("rule_version", "")))


def measured(batch: Batch, rule: str, item: str, *, rows: int | None = None, judged_by: str = "") -> Measured:
    """What a batch shows of one reason: open rows rejected for it (all are counted, unless told), and the score.

    `judged_by`: the version of the rules by which it was found; a rule that is gone by now proves nothing.
    """
    score, threshold = score_of(batch), _threshold()
    if rows is None:
        rows = 0 if rule == LOW_SCORE else _rows_rejected(batch, rule, item)
    newest = batch.corrections.filter(is_done=True, landed__isnull=False).order_by("-pk").select_related("landed").first()
    version = newest.landed.rule_version if newest is not None and newest.landed is not None else batch.rule_version
    figures: dict[str, object] = {
        "batch": batch.pk, "rows_in": batch.rows_in, "rejected": batch.rejected, "rows": rows, "score": score,
        "open": corrections.open_count(batch), "rule_version": version, "judged_by": judged_by or version,
    }
    told = f"批次 {batch.pk}（收到 {batch.rows_in:,} 行，拒绝 {batch.rejected:,} 行，质量 {'—' if score is None else f'{score:g}'} 分"
    told += f"，更正后仍拒绝 {figures['open']:,} 行" if newest is not None else ""
    told += f"，规则版本 {version}" if not judged_by or judged_by == version else f"，规则版本由 {judged_by} 变为 {version}"
    told += "）"
    if rule == LOW_SCORE:
        is_well = score is not None and score >= threshold
        return Measured(is_well, f"{told}：{'已达到' if is_well else '仍低于'} {threshold} 分。", figures)
    if rows:
        return Measured(False, f"{told}：仍有 {rows:,} 行是这个原因。", figures)
    if judged_by and _is_gone(batch, rule, item):
        return Measured(False, f"{told}：当时的规则已不在目录里，没有复测；请恢复规则，或由主管部门归并、终止工单。", figures)
    return Measured(True, f"{told}：没有这个原因的行了。", figures)


def _is_gone(batch: Batch, rule: str, item: str) -> bool:
    """Whether the contract in force no longer knows the declared rule, or the item, that the reason speaks of."""
    contract = batch.resource.contract
    if rule in (DUPLICATE, BROKEN):
        return False
    return contract.item(item) is None if item else rule not in {one.code for one in contract.rules}


def _rows_rejected(batch: Batch, rule: str, item: str) -> int:
    """How many open rows of the batch were rejected for that reason; every one is looked at."""
    if not batch.rejected:
        return 0
    return sum(
        (str(one.get("rule", "")), str(one.get("item", ""))) == (rule, item)
        for kept in corrections.open_for_measuring(batch) for one in kept.reasons
    )


def score_of(batch: Batch) -> float | None:
    """The total of a batch's marks; None when it was not marked."""
    total = batch.scores.get("total") if isinstance(batch.scores, dict) else None
    return float(total) if isinstance(total, int | float) else None


def _threshold() -> int:
    return int(settings.SUIXIN.quality_threshold)


def _sentence(remedy: str, counted: ReasonCount) -> str:
    named = "、".join(str(row) for row in counted.samples)
    more = "等" if counted.rows > len(counted.samples) else ""
    return f"{counted.rows:,} 行{remedy.rstrip('。')}（数据第 {named} 行{more}，不含表头）。"


def _remedy_of(table: str, batch: int, counted: ReasonCount) -> str:
    """What is wrong, by the first row that the reason concerns."""
    [first] = read_rejects(table, batch, offset=counted.first, limit=1)
    return next(
        _remedy(first, reason) for reason in first.reasons
        if (str(reason.get("rule", "")), str(reason.get("item", ""))) == (counted.rule, counted.item)
    )


def _remedy(reject: KeptReject, reason: Mapping[str, object]) -> str:
    """What is wrong and what to do, without the row and its value."""
    rule, item, value = str(reason.get("rule", "")), str(reason.get("item", "")), str(reason.get("value", ""))
    if rule == DUPLICATE:
        return f"的主键（{item}）重复，只保留先到的一行；请合并或删除"
    if rule == BROKEN:
        return "读不出来（列数不对或编码有误）；请检查源文件"
    told = str(reason.get("sentence", "")).removeprefix("数据").removeprefix(f"第 {reject.row} 行")
    return told.replace(f"的值“{value}”", "", 1) if value else told
