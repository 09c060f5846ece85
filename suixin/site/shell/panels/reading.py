"""What access and sharing show of a resource: its rows as the reader may see them, grants and shares, who read it lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.data.access import log_files
from suixin.data.access.models import Grant
from suixin.data.sharing.models import Share
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.site.shell.components import Cell, Column, Preview, Table
from suixin.site.shell.panels.registry import Panel, Seen
from suixin.site.shell.queries.access_log import DOORS
from suixin.site.shell.queries.grants import grants_table
from suixin.site.shell.queries.tables import preview_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

GRANTS, SHARES, READERS, DAYS = 50, 20, 200, 30
_READINGS = (
    "SELECT max(id) AS id, subject_kind, subject, organisation, door, count(*) AS times, sum(coalesce(rows, 0)) AS rows,"
    " max(at_ms) AS last FROM access WHERE at_ms >= :since AND resource IN (:code, :name)"
    " GROUP BY subject_kind, subject, organisation, door ORDER BY last DESC LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Lent:
    """Grants of the resource, and the requests that were agreed to, for who may look at these."""

    grants: Table
    shares: Table | None
    may_grant: bool


@dataclass
class Reader:
    """One reader through one door in the last days."""

    subject: str
    organisation: str
    door: str
    times: int = 0
    rows: int = 0
    last: int = 0


def rows(seen: Seen) -> Preview:
    """A page of rows as the reader may see them; noted as a reading."""
    return preview_of(seen.resource, actor=seen.actor, after=seen.parameters.get("after", ""))


def lent(seen: Seen) -> Lent:
    """Grants and shares."""
    resource, actor = seen.resource, seen.actor
    grants = Grant.objects.for_resource(resource).select_related("resource").order_by("-pk")[:GRANTS]
    shares = None
    if policy.may(actor, "sharing.view", resource):
        shares = _shares(Share.objects.filter(resource=resource).select_related("organisation")[:SHARES])
    may_grant = policy.may(actor, "sharing.grant", resource) and policy.may(actor, "access.give_grant", resource)
    return Lent(grants_table(grants), shares, may_grant)


def readers(seen: Seen) -> Table:
    """Who read the resource in the last thirty days through which door, the latest first; from this node's log files."""
    since = clock.now() - timedelta(days=DAYS)
    asked = {
        "since": int(since.timestamp() * 1000), "code": seen.resource.code, "name": seen.resource.table, "limit": READERS,
    }
    found: dict[tuple[str, ...], Reader] = {}
    for row in log_files.rows(_READINGS, asked, limit=READERS * 4):
        key = tuple(str(row[name]) for name in ("subject_kind", "subject", "organisation", "door"))
        one = found.setdefault(key, Reader(key[1], key[2], key[3]))
        one.times, one.rows, one.last = one.times + int(row["times"]), one.rows + int(row["rows"]), max(one.last, int(row["last"]))
    columns = (
        Column(gettext("读者")), Column(gettext("通道")), Column(gettext("次数"), is_numeric=True),
        Column(gettext("行数"), is_numeric=True), Column(gettext("最近一次")),
    )
    lines = [
        (Cell(one.subject, note=one.organisation), Cell(word(DOORS.get(one.door, one.door))), Cell(number(one.times)),
         Cell(number(one.rows)), Cell(moment(datetime.fromtimestamp(one.last / 1000, clock.CHINA))))
        for one in sorted(found.values(), key=lambda one: -one.last)[:READERS]
    ]
    return Table(gettext("近 30 天谁读过"), columns, lines, gettext("近 30 天没有人读过这个资源。"))


def _shares(found: Iterable[Share]) -> Table:
    columns = (
        Column(gettext("需求部门")), Column(gettext("使用场景"), is_long=True), Column(gettext("使用依据"), is_long=True),
        Column(gettext("同意时间")),
    )
    rows = [(Cell(one.organisation.name, reverse("console-sharing-share", args=[one.uuid])), Cell(one.purpose), Cell(one.basis),
        Cell(moment(one.granted_at))) for one in found]
    return Table(gettext("共享申请"), columns, rows, gettext("还没有部门申请共享。"))


def _may_view(seen: Seen) -> bool:
    return policy.may(seen.actor, "access.view", seen.resource)


PANELS = (
    Panel("rows", gettext_noop("数据预览（按您的授权脱敏）"), 40, "panels/rows.html", rows),
    Panel("grants", gettext_noop("授权与共享"), 80, "panels/grants.html", lent, _may_view),
    Panel("readers", gettext_noop("近 30 天谁读过"), 110, "panels/readers.html", readers, _may_view, is_slow=True),
)
