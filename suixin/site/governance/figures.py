"""What a month was like in figures, each with the query that gave it; computed again, they are the same.

Month    [first day, first day of the next), China's time; what is told of "the end of the month" is as of that moment
Trace    the SQL and its parameters as the control database took them
Source   our choice of figures; the limit of doubts is that of 政务数据共享条例 art. 26 (ten working days)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from suixin.data.collection.models import Drift
from suixin.data.lake.models import Batch, VersionProfile
from suixin.data.quality.correcting import score_of
from suixin.data.quality.loop.league import IN_TIME, KINDS, closed_orders
from suixin.data.quality.models import Correction, Doubt, DoubtState
from suixin.data.quality.version_profiles import compared
from suixin.ground.flow.orders.models import WorkOrder
from suixin.kit import clock
from suixin.kit.errors import BadRequest

WORST = 10
Figures = dict[str, object]
Line = Sequence[str]
Asked = QuerySet[Any, Any]  # Any: rows of any model, or values of them


def span_of(month: str) -> tuple[datetime, datetime]:
    """The moments between which the month lies, "2026-11". Raises BadRequest."""
    try:
        year, number = int(month[:4]), int(month[5:])
        start = datetime(year, number, 1, tzinfo=clock.CHINA)
        if month != f"{start:%Y-%m}":
            raise ValueError(month)
    except ValueError:
        raise BadRequest(f"“{month[:20]}”不是月份；请写成 2026-11 这样。") from None
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=clock.CHINA)
    return start, end


def month_before(day: datetime) -> str:
    """The month before that of the day."""
    return f"{day.year - (day.month == 1)}-{(day.month - 2) % 12 + 1:02}"


def compute(month: str) -> Figures:
    """All figures of the month. Raises BadRequest for what is no month, or one that is not over."""
    start, end = span_of(month)
    if end > clock.now():
        raise BadRequest(f"{month} 还没有结束；月度报告在下月 1 日生成。")
    before = span_of(month_before(start))[0]
    landed, earlier = _landed(start, end), _landed(before, start)
    now, then = list(landed), list(earlier)
    return {
        "month": month, "figures": [*_batches(landed), *_orders(start, end), *_doubts(start, end), *_drifts(start, end)],
        "tables": [
            _departments(landed, now, then), _worst(landed, now), _improved(landed, now, then),
        ],
    }


def _landed(start: datetime, end: datetime) -> QuerySet[Batch]:
    found = Batch.objects.landed().whole().filter(created_at__gte=start, created_at__lt=end)
    return found.select_related("resource__provider").order_by("pk")


def trace(found: Asked) -> str:
    """The query as it is sent, with its parameters."""
    sql, parameters = found.query.sql_with_params()
    return f"{connection.vendor}: {sql} -- {', '.join(map(str, parameters))}"


def _figure(label: str, value: object, found: Asked, *, how: str, unit: str = "") -> Figures:
    return {"label": label, "value": value, "unit": unit, "how": how, "sql": trace(found)}


def _batches(landed: QuerySet[Batch]) -> Iterable[Figures]:
    plain = landed.select_related(None).order_by()
    summed = plain.values("state").annotate(n=Count("pk"), came=Sum("rows_in"), good=Sum("accepted"), bad=Sum("rejected"))
    told: Mapping[str, object] = dict(*summed[:1]) or {"n": 0, "came": 0, "good": 0, "bad": 0}
    came, good = int(str(told["came"])), int(str(told["good"]))
    rate = round(100 * good / came, 2) if came else None
    for key, label, unit in (("n", "入库批次", "批"), ("came", "收到行数", "行"), ("good", "接受行数", "行"), ("bad", "拒绝行数", "行")):
        yield _figure(label, told[key], summed, how="当月入库的整批数据（更正批次另计）", unit=unit)
    yield _figure("接受率", rate, summed, how="接受行数 ÷ 收到行数", unit="%")


def _orders(start: datetime, end: datetime) -> Iterable[Figures]:
    ours = WorkOrder.objects.filter(kind__in=KINDS, merged_into=None).order_by()
    opened = ours.filter(created_at__gte=start, created_at__lt=end)
    closed = closed_orders(start, end).order_by()
    left = ours.filter(Q(closed_at=None) | Q(closed_at__gte=end), created_at__lt=end)
    late = left.filter(instance__due_at__lt=end)
    returned = Correction.objects.filter(is_done=True, at__gte=start, at__lt=end).order_by()
    summed = returned.values("is_done").annotate(mended=Sum("mended"), given=Sum("given_up"))
    told: Mapping[str, object] = dict(*summed[:1]) or {"mended": 0, "given": 0}
    yield _figure("新开工单", opened.count(), opened, how="当月建立的质量整改和校核工单", unit="张")
    yield _figure("办结工单", closed.count(), closed, how="当月复测合格而办结的工单", unit="张")
    yield _figure("按期办结", closed.filter(IN_TIME).count(), closed.filter(IN_TIME), how="办结时没有超过流程承诺的期限", unit="张")
    yield _figure("月末未办结", left.count(), left, how="月末仍未办结的工单", unit="张")
    yield _figure("其中超期", late.count(), late, how="月末未办结、已过期限的工单", unit="张")
    yield _figure("更正入库", told["mended"], summed, how="经更正表重新入库的行", unit="行")
    yield _figure("注明不再提供", told["given"], summed, how="更正表中说明理由、不再提供的行", unit="行")


def _doubts(start: datetime, end: datetime) -> Iterable[Figures]:
    asked = Doubt.objects.filter(asked_at__gte=start, asked_at__lt=end).order_by()
    answered = Doubt.objects.filter(answered_at__gte=start, answered_at__lt=end).order_by()
    corrected, refuted = answered.filter(state=DoubtState.CORRECTED), answered.filter(state=DoubtState.REFUTED)
    yield _figure("收到校核申请", asked.count(), asked, how="当月用户对共享、开放数据提出的校核", unit="件")
    yield _figure("校核后更正", corrected.count(), corrected, how="当月答复、确有错误而更正的", unit="件")
    yield _figure("核实无误", refuted.count(), refuted, how="当月答复、说明无误的", unit="件")


def _drifts(start: datetime, end: datetime) -> Iterable[Figures]:
    found = Drift.objects.filter(found_at__gte=start, found_at__lt=end).order_by()
    profiles = VersionProfile.objects.filter(made_at__gte=start, made_at__lt=end).order_by("pk")
    moved = sum(len(compared(profile)[1]) for profile in profiles)
    yield _figure("来源列变动", found.count(), found, how="当月发现的来源表结构变动", unit="次")
    yield _figure("数据漂移", moved, profiles, how="当月探查的版本与上一版本相比，值或形态明显变化的列", unit="处")


def _departments(landed: QuerySet[Batch], now: Sequence[Batch], then: Sequence[Batch]) -> Figures:
    earlier, rows = _means(then, "provider"), []
    for key, batches in _grouped(now, "provider").items():
        name = batches[0].resource.provider.name
        came, bad, mark = sum(b.rows_in for b in batches), sum(b.rejected for b in batches), _mean(batches)
        share = f"{100 * bad / came:.2f}%" if came else ""
        rows.append((mark, [name, str(len(batches)), f"{came:,}", f"{bad:,}", share, _text(mark), _moved(mark, earlier.get(key))]))
    rows.sort(key=lambda one: (-(one[0] or 0.0), one[1]))
    head = ["部门", "批次", "收到行数", "拒绝行数", "拒绝率", "平均得分", "比上月"]
    return _table("各部门数据质量", head, [row for _, row in rows], landed, how="当月全部整批数据得分的平均，从高到低")


def _worst(landed: QuerySet[Batch], now: Sequence[Batch]) -> Figures:
    found = [(mark, batches) for batches in _grouped(now, "resource").values() if (mark := _mean(batches)) is not None]
    found.sort(key=lambda one: (one[0], one[1][0].resource.code))
    rows = [
        [b[0].resource.title, b[0].resource.provider.name, b[0].resource.code, _text(mark), f"{sum(one.rejected for one in b):,}"]
        for mark, b in found[:WORST]
    ]
    head = ["资源", "提供单位", "代码", "平均得分", "拒绝行数"]
    return _table(f"得分最低的 {WORST} 个资源", head, rows, landed, how="当月有整批数据入库的资源，按平均得分从低到高")


def _improved(landed: QuerySet[Batch], now: Sequence[Batch], then: Sequence[Batch]) -> Figures:
    earlier, found = _means(then, "resource"), []
    for key, batches in _grouped(now, "resource").items():
        mark, was = _mean(batches), earlier.get(key)
        if mark is not None and was is not None and round(mark - was, 2) > 0:
            found.append((mark - was, batches[0].resource, was, mark))
    found.sort(key=lambda one: (-one[0], one[1].code))
    rows = [[r.title, r.provider.name, _text(was), _text(mark), f"+{up:.2f}"] for up, r, was, mark in found[:WORST]]
    head = ["资源", "提供单位", "上月得分", "本月得分", "提高"]
    return _table("改进最大的资源", head, rows, landed, how="与上月平均得分相比，提高最多的在前")


def _table(title: str, head: Line, rows: Sequence[Line], found: QuerySet[Batch], *, how: str) -> Figures:
    return {"title": title, "head": list(head), "rows": [list(row) for row in rows], "how": how, "sql": trace(found)}


def _grouped(batches: Sequence[Batch], by: str) -> Mapping[str, list[Batch]]:
    found: dict[str, list[Batch]] = defaultdict(list)
    for batch in batches:
        found[str(batch.resource.provider_id if by == "provider" else batch.resource_id)].append(batch)
    return found


def _means(batches: Sequence[Batch], by: str) -> Mapping[str, float]:
    return {key: mark for key, found in _grouped(batches, by).items() if (mark := _mean(found)) is not None}


def _mean(batches: Sequence[Batch]) -> float | None:
    marks = [mark for batch in batches if (mark := score_of(batch)) is not None]
    return sum(marks) / len(marks) if marks else None


def _text(mark: float | None) -> str:
    return "" if mark is None else f"{mark:.2f}"


def _moved(mark: float | None, was: float | None) -> str:
    return "" if mark is None or was is None else f"{mark - was:+.2f}"
