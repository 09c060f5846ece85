"""What organisations are late with, the league table of departments, and delegations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils.translation import gettext, gettext_noop

from suixin.ground.flow.models import Delegation
from suixin.ground.flow.queries import Standing, late_of, league
from suixin.ground.flow.queries.casebook import organisations_of
from suixin.ground.flow.queries.punctuality import late_by_organisation
from suixin.ground.people.models import Account
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.inert import inert
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.flow_words import day_words
from suixin.site.shell.queries.flow.inbox import Choice, StepRow, step_rows
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

SIZE = 50
PERIODS = (
    ("month", gettext_noop("本月")), ("last-month", gettext_noop("上月")), ("quarter", gettext_noop("近 90 日")),
    ("year", gettext_noop("今年")), ("last-year", gettext_noop("去年")),
)
MINIMA = (1, 5, 10, 30, 100)
DEFAULT_MINIMUM = 5
GOOD, FAIR = 0.95, 0.8


@dataclass(frozen=True, slots=True)
class LatePage:
    """One page of what is overdue; `places`: organisations with how many, to choose from."""

    rows: Sequence[StepRow]
    following: str
    is_first: bool
    places: Sequence[Choice]
    total: int


@dataclass(frozen=True, slots=True)
class LeaguePage:
    """Standings of a period."""

    table: Table
    periods: Sequence[Choice]
    minima: Sequence[Choice]
    span: str
    query: str


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """One delegation; `may_end`: it holds or will, and the reader may end it."""

    delegation: Delegation
    state: Cell
    may_end: bool


@dataclass(frozen=True, slots=True)
class DelegationsPage:
    """What the reader gave and received, newest first."""

    given: Sequence[DelegationRow]
    received: Sequence[DelegationRow]


def late_page(parameters: QueryDict, *, actor: Actor) -> LatePage:
    """Overdue steps of the organisations where the reader may look, under `organisation`, `after`."""
    slug, after = parameters.get("organisation", "")[:60], parameters.get("after", "")[:80]
    numbers = list(organisations_of(actor).values_list("pk", flat=True))
    counted = late_by_organisation(numbers)
    chosen = [place.pk for place, _ in counted if place.slug == slug] if slug else numbers
    found = late_of(chosen, after=after, size=SIZE)
    places = [Choice(place.slug, f"{place}（{n}）", place.slug == slug) for place, n in counted]
    return LatePage(
        step_rows(found.rows, actor=actor), found.following, not after, [Choice("", gettext("全部"), not slug), *places],
        sum(n for _, n in counted),
    )


def league_page(parameters: QueryDict, *, actor: Actor) -> LeaguePage:
    """The league table under `period`, `minimum`."""
    period, minimum = _period(parameters), _minimum(parameters)
    since, until = span_of(period)
    standings = _standings(actor, period, minimum)
    columns = (
        Column(gettext("名次"), is_numeric=True), Column(gettext("单位")), Column(gettext("按时率"), is_numeric=True),
        Column(gettext("评价")), Column(gettext("办完"), is_numeric=True), Column(gettext("其中超期"), is_numeric=True),
        Column(gettext("超期未办"), is_numeric=True), Column(gettext("办理用时中位数（工作日）"), is_numeric=True),
    )
    rows = [
        (Cell(number(place)), Cell(str(one.organisation)), Cell(rate_words(one)), _mark(one), Cell(number(one.done)),
         Cell(number(one.late)), Cell(number(one.overdue)), Cell(number(one.median_days)))
        for place, one in enumerate(standings, 1)
    ]
    return LeaguePage(
        Table(gettext("各单位按时办结率"), columns, rows, gettext("这段时间没有达到最少件数的单位；可以换一段时间，或减少最少件数。")),
        [Choice(value, word(label), value == period) for value, label in PERIODS],
        [Choice(str(n), gettext("至少 %(n)d 件") % {"n": n}, n == minimum) for n in MINIMA],
        gettext("%(first)s至%(last)s") % {"first": day_words(since), "last": day_words(until - timedelta(1))},
        f"period={period}&minimum={minimum}",
    )


def league_lines(parameters: QueryDict, *, actor: Actor) -> Iterator[list[str]]:
    """The league table as lines of a file, cells that no spreadsheet takes for formulas."""
    yield [
        gettext("名次"), gettext("单位"), gettext("信用代码"), gettext("按时率"), gettext("办完"), gettext("其中超期"),
        gettext("超期未办"), gettext("办理用时中位数（工作日）"),
    ]
    for place, one in enumerate(_standings(actor, _period(parameters), _minimum(parameters)), 1):
        days = "" if one.median_days is None else str(one.median_days)
        yield [inert(text) for text in (
            str(place), one.organisation.name, one.organisation.uscc, f"{one.rate or 0:.4f}", str(one.done), str(one.late),
            str(one.overdue), days,
        )]


def span_of(period: str, today: date | None = None) -> tuple[date, date]:
    """First day of the period, and the day after its last."""
    day = today or clock.today()
    first, tomorrow = day.replace(day=1), day + timedelta(1)
    match period:
        case "last-month":
            return (first - timedelta(1)).replace(day=1), first
        case "quarter":
            return day - timedelta(89), tomorrow
        case "year":
            return day.replace(month=1, day=1), tomorrow
        case "last-year":
            return date(day.year - 1, 1, 1), date(day.year, 1, 1)
    return first, tomorrow


def rate_words(one: Standing) -> str:
    """The rate in percent, cut (not rounded up), so that 100% means all."""
    return "—" if one.rate is None else f"{int(one.rate * 1000) / 10:.1f}%"


def delegations_page(account: Account) -> DelegationsPage:
    """Delegations that the account gave and received."""
    known = Delegation.objects.select_related("giver", "receiver", "organisation")
    return DelegationsPage(
        [_delegation(one, is_giver=True) for one in known.filter(giver=account)[:100]],
        [_delegation(one, is_giver=False) for one in known.filter(receiver=account)[:100]],
    )


def _standings(actor: Actor, period: str, minimum: int) -> list[Standing]:
    since, until = (datetime.combine(day, time.min, clock.CHINA) for day in span_of(period))
    numbers = list(organisations_of(actor).values_list("pk", flat=True))
    return league(numbers, since, until, minimum=minimum)


def _period(parameters: QueryDict) -> str:
    asked = parameters.get("period", "")
    return asked if asked in dict(PERIODS) else "month"


def _minimum(parameters: QueryDict) -> int:
    asked = parameters.get("minimum", "")
    return int(asked) if asked.isdecimal() and len(asked) < 7 else DEFAULT_MINIMUM


def _mark(one: Standing) -> Cell:
    if one.rate is None or one.rate < FAIR:
        return Cell(gettext("须整改"), tone="bad")
    return Cell(gettext("良好"), tone="good") if one.rate >= GOOD else Cell(gettext("须关注"), tone="warn")


def _delegation(one: Delegation, *, is_giver: bool) -> DelegationRow:
    today = clock.today()
    if one.revoked_at is not None:
        state = Cell(gettext("已撤销"), tone="quiet", note=moment(one.revoked_at))
    elif one.until < today:
        state = Cell(gettext("已到期"), tone="quiet")
    else:
        state = Cell(gettext("生效中"), tone="good") if one.since <= today else Cell(gettext("未开始"), tone="info")
    return DelegationRow(one, state, is_giver and one.revoked_at is None and one.until >= today)
