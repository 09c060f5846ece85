"""What the bureau's pages of sharing show: requests by state and delay, supply and demand, the league, the map, violations."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access.models import Door
from suixin.data.catalog.models import OPEN_DEMANDS, Demand, Resource
from suixin.data.sharing import league, queries, usage
from suixin.data.sharing.models import LIVE_SHARES, Part, PartState, Share, Violation, ViolationKind
from suixin.ground.flow.models import Colour
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Chart, Column, Pages, Series, Stat, Table
from suixin.site.shell.graphs import Graph, Spot, graph_of_spots
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.queries.shares_in_hand import shares_in_hand, shares_stat
from suixin.site.shell.queries.sharing_requests import stage_choices
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE, DAYS, MOST_SPOTS, HOURS, MOST_FAILURES, HOTTEST = 30, 365, 14, 24, 50, 15
USAGE_DAYS = 30
STAGED = ("state", "node", "flow", "colour")


@dataclass(frozen=True, slots=True)
class Board:
    """The overview."""

    stats: Sequence[Stat]
    stages: Table
    balance: Table
    hottest: Table
    demands: Table
    league: Table


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who exchanges with whom; what goes through, for who may look at all of the log."""

    stats: Sequence[Stat]
    graph: Graph | None
    pairs: Table
    chart: Chart | None
    failures: Table | None


@dataclass(frozen=True, slots=True)
class ViolationList:
    """One page of the register. `kinds`, `states`: value, label, whether chosen; `rows`: finding, address, kind, may be closed."""

    stats: Sequence[Stat]
    rows: Sequence[tuple[Violation, str, str, bool]]
    pages: Pages
    kinds: Sequence[tuple[str, str, bool]]
    states: Sequence[tuple[str, str, bool]]


def board(*, actor: Actor) -> Board:
    """The overview of what lies within the actor's reach. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    open_demands = _demands(actor).filter(state__in=OPEN_DEMANDS)
    here, demands = reverse("console-sharing"), reverse("console-demands")
    parts = queries.staged(queries.visible_parts(actor)).exclude(state=PartState.DRAFT)
    stats = [
        Stat(gettext("未办结的需求"), number(open_demands.count()), href=f"{demands}?state=open"),
        Stat(gettext("办理中的申请"), number(parts.filter(state=PartState.ASKED).count()), href=here),
        Stat(gettext("逾期"), number(parts.filter(Q(colour=Colour.RED)).count()), href=f"{here}?state=late"),
        shares_stat(shares_in_hand(actor)),
        Stat(gettext("未了结的预警"), number(_violations(actor).filter(closed_at=None).count()),
            href=reverse("console-sharing-violations")),
    ]
    return Board(stats, _stages(actor), _balance(actor), _hottest(actor), _open_demands(actor), _league(actor))


def traffic(*, actor: Actor) -> Traffic:
    """The map of who exchanges with whom; throughput and failures of this node for who governs all. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    shares = list(queries.visible_shares(actor).filter(state__in=LIVE_SHARES))
    sees_log = policy.may(actor, "access.view", None)
    chart, failures = (throughput(actor=actor), failures_table()) if sees_log else (None, None)
    return Traffic(_traffic_stats(shares, sees_log=sees_log), _graph(shares), _pairs(shares), chart, failures)


def _traffic_stats(shares: Sequence[Share], *, sees_log: bool) -> list[Stat]:
    stats = [
        Stat(gettext("提供部门"), number(len({one.resource.provider_id for one in shares}))),
        Stat(gettext("需求部门"), number(len({one.organisation_id for one in shares}))), Stat(gettext("共享中"), number(len(shares))),
    ]
    if sees_log:
        hours, note = usage.by_hour(HOURS), gettext("近 24 小时")
        calls = sum(one.calls for one in hours)
        timed = sum(one.timed for one in hours)
        mean = sum(one.millis * one.timed for one in hours) / timed if timed else None
        stats += [
            Stat(gettext("调用次数"), number(calls), note=note), Stat(gettext("失败次数"), number(sum(one.failed for one in hours)),
                note=note),
            Stat(gettext("平均毫秒"), number(round(mean, 1) if mean is not None else None), note=note),
        ]
    return stats


def throughput(*, actor: Actor) -> Chart:
    """Readings of the last hours. Raises NotAllowed."""
    policy.require(actor, "access.view", None)
    hours = usage.by_hour(HOURS)
    labels = [f"{one.start.astimezone(clock.CHINA):%m-%d %H:00}" for one in hours]
    series = (
        Series(gettext("调用次数"), [float(one.calls) for one in hours]), Series(gettext("失败次数"), [float(one.failed) for one in hours]),
    )
    return Chart(
        "line", gettext("近 24 小时的调用"), reverse("console-sharing-throughput"), labels, series, label_title=gettext("时间"),
        note=gettext("来自本节点的访问日志，每小时一点；页面每次打开都重新统计。"),
    )


def supply(*, actor: Actor, is_own: bool = False) -> tuple[list[Stat], Table]:
    """Who uses the department's data, how much, in the last thirty days; `is_own`: of no other. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    shares = queries.visible_shares(actor).filter(within(actor, "sharing.view", "resource__provider"), state__in=LIVE_SHARES)
    if is_own:
        shares = shares.filter(resource__provider__uscc=actor.organisation)
    calls = usage.calls_since(clock.now() - timedelta(days=USAGE_DAYS))
    rows, totals, unused = [], [0, 0, 0], 0
    for share in shares:
        *sums, latest = usage.calls_of(share, calls)
        totals = [old + new for old, new in zip(totals, sums, strict=True)]
        unused += latest is None
        rows.append((
            Cell(share.title, reverse("console-sharing-share", args=[share.uuid])), Cell(str(share.organisation),
                note=share.purpose[:60]),
            Cell(number(sums[0])), Cell(number(sums[1])), Cell(number(sums[2])), Cell(moment(latest) if latest else ""),
        ))
    columns = (
        Column(gettext("信息资源")), Column(gettext("需求部门")), Column(gettext("调用次数"), is_numeric=True),
        Column(gettext("取得行数"), is_numeric=True), Column(gettext("失败次数"), is_numeric=True), Column(gettext("最近一次")),
    )
    note = gettext("近 %(n)s 天") % {"n": USAGE_DAYS}
    stats = [
        Stat(gettext("共享中"), number(len(rows))), Stat(gettext("调用次数"), number(totals[0]), note=note),
        Stat(gettext("取得行数"), number(totals[1]), note=note), Stat(gettext("没有用过的"), number(unused), note=note),
    ]
    return stats, Table(gettext("谁在用我的数据"), columns, rows, gettext("还没有部门在用本单位的数据。"), is_cards=True)


def violation_list(parameters: QueryDict, *, actor: Actor) -> ViolationList:
    """The register under `kind`, `state` (open, closed), `page`. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    kind, state = (parameters.get(name, "")[:32] for name in ("kind", "state"))
    every = _violations(actor)
    found = every.filter(kind=kind) if kind in ViolationKind.values else every
    if state in ("open", "closed"):
        found = found.filter(closed_at__isnull=state == "open")
    shown, pages = page_of(found.select_related("organisation").order_by("closed_at", "-pk"), parameters, size=PAGE_SIZE)
    counts = Counter(every.filter(closed_at=None).values_list("kind", flat=True))
    stats = [
        Stat(gettext("未了结"), number(sum(counts.values()))),
        *(Stat(word(str(ViolationKind(name).label)), number(n), href=f"?kind={name}&state=open") for name, n in counts.most_common(4)),
    ]
    may_close = policy.reach(actor, "sharing.close_violation")
    rows = [
        (one, href_of(one), word(one.get_kind_display()), one.closed_at is None and may_close is not None and str(may_close) != "own"
         and policy.may(actor, "sharing.close_violation", one.organisation)) for one in shown
    ]
    kinds = [("", gettext("全部")), *((value, word(str(label))) for value, label in ViolationKind.choices)]
    states = [("", gettext("全部")), ("open", gettext("未了结")), ("closed", gettext("已了结"))]
    return ViolationList(
        stats, rows, pages, [(value, label, value == kind) for value, label in kinds],
        [(value, label, value == state) for value, label in states],
    )


def href_of(violation: Violation) -> str:
    """Address of what a finding is about; "" when there is none."""
    key = violation.subject_key
    names = {"sharing.part": "console-sharing-part", "sharing.share": "console-sharing-share", "sharing.dispute": "console-sharing-dispute",
             "flow.order": "console-order"}
    if violation.subject in names:
        return reverse(names[violation.subject], args=[key])
    table = Resource.objects.filter(code=key).values_list("table", flat=True).first()
    return reverse("console-resource", args=[table]) if table else ""


def _violations(actor: Actor) -> QuerySet[Violation]:
    return Violation.objects.filter(within(actor, "sharing.view", "organisation"))


def _demands(actor: Actor) -> QuerySet[Demand]:
    return Demand.objects.filter(within(actor, "sharing.view", "organisation") | within(actor, "sharing.view", "owner"))


def _stages(actor: Actor) -> Table:
    """How many parts stand where, and how many of them are near or past their day."""
    parts = queries.staged(queries.visible_parts(actor)).exclude(state=PartState.DRAFT).order_by()
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for state, node, flow, colour, n in parts.values_list(*STAGED).annotate(n=Count("pk")):
        name = "supplement" if flow == "supplement" else node if node in queries.STAGES else state
        counted[name][colour or ""] += n
    here = reverse("console-sharing")
    rows = []
    for value, label in stage_choices():
        if value not in counted:
            continue
        colours = counted[value]
        rows.append((
            Cell(label, f"{here}?state={value}"), Cell(number(sum(colours.values()))), Cell(number(colours[Colour.AMBER])),
            Cell(number(colours[Colour.RED]), tone="bad" if colours[Colour.RED] else ""),
        ))
    columns = (
        Column(gettext("状态")), Column(gettext("件数"), is_numeric=True), Column(gettext("临期"), is_numeric=True),
        Column(gettext("逾期"), is_numeric=True),
    )
    return Table(gettext("各状态的申请"), columns, rows, gettext("还没有共享申请。"))


def _balance(actor: Actor) -> Table:
    """Supply and demand of each department: what it asks and gets, what it is asked and gives."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    parts = queries.visible_parts(actor).exclude(state=PartState.DRAFT).order_by()
    for place, state, n in parts.values_list("request__organisation", "state").annotate(n=Count("pk")):
        found[place]["asks"] += n
        found[place]["gets"] += n if state == PartState.AGREED else 0
    for place, state, n in parts.values_list("resource__provider", "state").annotate(n=Count("pk")):
        found[place]["asked"] += n
        found[place][f"asked_{state}"] += n
    for place, n in _demands(actor).filter(state__in=OPEN_DEMANDS).order_by().values_list("organisation").annotate(n=Count("pk")):
        found[place]["demands"] += n
    shares = queries.visible_shares(actor).filter(state__in=LIVE_SHARES).order_by()
    for place, n in shares.values_list("resource__provider").annotate(n=Count("pk")):
        found[place]["gives"] += n
    places = Organisation.objects.in_bulk(list(found))
    names = ("demands", "asks", "gets", "asked", f"asked_{PartState.ASKED}", f"asked_{PartState.REFUSED}", "gives")
    rows = [
        (Cell(str(places[pk])), *(Cell(number(counts[name])) for name in names))
        for pk, counts in sorted(found.items(), key=lambda one: (-sum(one[1].values()), one[0])) if pk in places
    ]
    columns = (
        Column(gettext("部门")), *(Column(label, is_numeric=True) for label in (
            gettext("未办结的需求"), gettext("提出申请"), gettext("获得同意"), gettext("收到申请"), gettext("待办结"), gettext("不同意"),
            gettext("正在供数"))),
    )
    return Table(gettext("供需对接"), columns, rows, gettext("还没有部门提出申请或需求。"), is_cards=True)


def _hottest(actor: Actor) -> Table:
    """Entries that most departments ask for."""
    parts = queries.visible_parts(actor).exclude(state=PartState.DRAFT).order_by()
    counted = parts.values("resource").annotate(
        n=Count("request__organisation", distinct=True), agreed=Count("pk", filter=Q(state=PartState.AGREED)),
    ).order_by("-n", "resource")[:HOTTEST]
    entries = Resource.objects.select_related("provider").in_bulk([one["resource"] for one in counted])
    rows = [
        (Cell(entry.title, reverse("console-resource", args=[entry.table])), Cell(str(entry.provider)),
         Cell(word(entry.get_share_type_display())), Cell(number(one["n"])), Cell(number(one["agreed"])))
        for one in counted if (entry := entries.get(one["resource"])) is not None
    ]
    columns = (
        Column(gettext("信息资源")), Column(gettext("提供部门")), Column(gettext("共享类型")),
        Column(gettext("申请的部门数"), is_numeric=True), Column(gettext("同意的件数"), is_numeric=True),
    )
    return Table(gettext("需求最多的数据"), columns, rows, gettext("还没有共享申请。"))


def _open_demands(actor: Actor) -> Table:
    """Demands of the catalogue that nothing answers yet."""
    found = _demands(actor).filter(state__in=OPEN_DEMANDS).select_related("organisation", "owner").order_by("due_on", "pk")[:HOTTEST]
    rows = [
        (Cell(one.title, reverse("console-demand", args=[one.uuid])), Cell(str(one.organisation)),
         Cell(str(one.owner) if one.owner else ""),
         Cell(word(one.get_state_display())), Cell(moment(one.due_on) if one.due_on else "")) for one in found
    ]
    columns = (
        Column(gettext("需求")), Column(gettext("需求部门")), Column(gettext("责任单位")), Column(gettext("状态")),
        Column(gettext("应办日期")),
    )
    return Table(gettext("还没有数据可给的需求"), columns, rows, gettext("没有未办结的数据需求。"))


def _league(actor: Actor) -> Table:
    places = list(Organisation.objects.filter(within(actor, "sharing.view")).values_list("pk", flat=True))
    now = clock.now()
    found = league.standings(places, now - timedelta(days=DAYS), now)
    columns = (
        Column(gettext("部门")), Column(gettext("按时率"), is_numeric=True), Column(gettext("按时答复"), is_numeric=True),
        Column(gettext("按时供数"), is_numeric=True), Column(gettext("按时校核"), is_numeric=True), Column(gettext("同意"),
            is_numeric=True),
        Column(gettext("不同意（均有理由）"), is_numeric=True),
    )
    rows = [
        (Cell(str(one.organisation)), Cell(_percent(one.rate)), _tally(one.answered), _tally(one.provided), _tally(one.corrected),
         Cell(number(one.agreed)), Cell(number(one.refused))) for one in found
    ]
    return Table(gettext("近一年的履职排行"), columns, rows, gettext("近一年还没有答复、供数或校核。"), is_cards=True)


def _tally(tally: league.Tally) -> Cell:
    return Cell(f"{tally.total - tally.late} / {tally.total}" if tally.total else "", note=_percent(tally.rate) if tally.total else "")


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{100 * rate:.0f}%"


def _graph(shares: Sequence[Share]) -> Graph | None:
    """Providers on the left, askers on the right; the busiest of each, the table has all."""
    if not shares:
        return None
    given, taken = Counter(one.resource.provider_id for one in shares), Counter(one.organisation_id for one in shares)
    givers = {pk for pk, _ in given.most_common(MOST_SPOTS)}
    takers = {pk for pk, _ in taken.most_common(MOST_SPOTS)}
    names: Mapping[int, str] = {one.resource.provider_id: str(one.resource.provider) for one in shares} | {
        one.organisation_id: str(one.organisation) for one in shares}
    lines = {(one.resource.provider_id, one.organisation_id) for one in shares}
    spots = [Spot(f"p{pk}", names[pk], gettext("供 %(n)s 项") % {"n": n}, is_centre=True) for pk, n in given.most_common() if pk in givers]
    spots += [
        Spot(f"a{pk}", names[pk], gettext("用 %(n)s 项") % {"n": n}, tuple(f"p{giver}" for giver,
            taker in sorted(lines) if taker == pk and giver in givers))
        for pk, n in taken.most_common() if pk in takers
    ]
    told = gettext("左边是提供部门，右边是需求部门，连线表示有共享中的数据；完整内容见下面的表。")
    return graph_of_spots(gettext("数据共享拓扑"), told, spots)


def _pairs(shares: Sequence[Share]) -> Table:
    counted: dict[tuple[str, str], list[Share]] = defaultdict(list)
    for one in shares:
        counted[(str(one.resource.provider), str(one.organisation))].append(one)
    rows = [
        (Cell(giver), Cell(taker), Cell(number(len(ones))), Cell("、".join(list(dict.fromkeys(one.title for one in ones))[:5])),
         Cell("、".join(sorted({word(str(Door(door).label)) for one in ones for door in one.grant.doors if door in Door.values}))))
        for (giver, taker), ones in sorted(counted.items(), key=lambda one: (-len(one[1]), one[0]))
    ]
    columns = (
        Column(gettext("提供部门")), Column(gettext("需求部门")), Column(gettext("资源数"), is_numeric=True),
        Column(gettext("信息资源"), is_long=True), Column(gettext("共享方式"), is_long=True),
    )
    return Table(gettext("谁向谁供数"), columns, rows, gettext("还没有共享中的数据。"), is_cards=True)


def failures_table(hours: int = HOURS, limit: int = MOST_FAILURES) -> Table:
    """The newest failures of the last hours; for who may look at all of the log."""
    found = usage.failures(clock.now() - timedelta(hours=hours), limit=limit)
    places = dict(Organisation.objects.filter(uscc__in={one.organisation for one in found}).values_list("uscc", "name"))
    codes = {one.resource for one in found}
    titles = dict(Resource.objects.filter(code__in=codes).values_list("code", "title")) | dict(
        Resource.objects.filter(table__in=codes).values_list("table", "title"))
    rows = [
        (Cell(moment(one.at)), Cell(places.get(one.organisation, one.organisation), note=one.subject), Cell(titles.get(one.resource,
         one.resource)),
         Cell(word(str(Door(one.door).label)) if one.door in Door.values else one.door), Cell(one.code)) for one in found
    ]
    columns = (
        Column(gettext("时间")), Column(gettext("调用方")), Column(gettext("信息资源")), Column(gettext("通道")), Column(gettext("结果"),
            is_code=True),
    )
    told = {"hours": hours}
    return Table(gettext("近 %(hours)s 小时的失败") % told, columns, rows, gettext("近 %(hours)s 小时没有失败的调用。") % told)


def parts_of_resource(resource: Resource, *, actor: Actor) -> Sequence[Part]:
    """Requests for the entry that the actor may see, newest first, for its page."""
    return list(queries.staged(queries.visible_parts(actor).filter(resource=resource)).exclude(state=PartState.DRAFT).order_by("-pk")[:20])
