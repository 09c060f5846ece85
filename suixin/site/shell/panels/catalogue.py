"""What the catalogue shows of an entry: its facts, who answers for it, items, versions and changes, who depends on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, gettext_noop

from suixin.data.catalog import lists, standing
from suixin.data.catalog.models import Dependence, ResourceState, ResourceVersion
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.panels.registry import CONSOLE, PORTAL, Panel, Seen
from suixin.site.shell.queries.catalogue import facts_of_entry
from suixin.site.shell.queries.changes import changes_table
from suixin.site.shell.queries.systems import systems_of
from suixin.site.shell.queries.tables import items_table
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import WRITE_MODES, word

VERSIONS, CHANGES, DEPENDANTS = 10, 5, 100
NAMED = 6


@dataclass(frozen=True, slots=True)
class Life:
    """Versions and changes, the newest of them."""

    versions: Table
    changes: Table | None
    may_change: bool


@dataclass(frozen=True, slots=True)
class Duties:
    """Who answers for the entry, how complete it is."""

    facts: Sequence[tuple[str, str]]
    systems: Sequence[tuple[str, str]]  # name and address of each registered system that holds it
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class Dependants:
    """Who uses which items; `total` may be more than are shown."""

    table: Table
    total: int
    left_out: int


def facts(seen: Seen) -> Sequence[tuple[str, str]]:
    """What the entry says of itself."""
    resource = seen.resource
    if seen.is_public:
        return facts_of_entry(resource)
    return [
        (gettext("信息资源代码"), resource.code), (gettext("数据表"), resource.table), (gettext("提供单位"), resource.provider.name),
        (gettext("状态"), word(resource.get_state_display())), (gettext("写入方式"), word(WRITE_MODES[resource.write_mode])),
        (gettext("更新周期"), word(resource.get_update_cycle_display())), (gettext("共享类型"), word(resource.get_share_type_display())),
        (gettext("开放类型"), word(resource.get_open_type_display())), (gettext("发布日期"), moment(resource.publish_date)),
        (gettext("来源与许可"), resource.source_note),
    ]


def items(seen: Seen) -> Table:
    """The items of the contract."""
    return items_table(seen.contract)


def life(seen: Seen) -> Life:
    """The newest versions; the changes too for staff."""
    resource = seen.resource
    found = list(resource.versions.defer("content")[:VERSIONS])
    if seen.is_public:
        return Life(_versions(found, is_public=True), None, may_change=False)
    may_change = resource.state == ResourceState.PUBLISHED and policy.may(seen.actor, "catalog.propose", resource)
    return Life(_versions(found), changes_table(resource.changes.defer("content")[:CHANGES]), may_change)


def duties(seen: Seen) -> Duties:
    """Provider, source departments, who agreed; what the entry should state and does not."""
    resource = seen.resource
    sources = {item.source_department for item in seen.contract.items if item.source_department}
    names = dict(Organisation.objects.filter(uscc__in=sources).values_list("uscc", "name")) if sources else {}
    told = [
        (gettext("提供单位"), resource.provider.name),
        (gettext("数源部门"), lists.sources_of(resource, names)),
        (gettext("审核同意人"), " ".join(part for part in (resource.approver, moment(resource.approved_at)) if part and part != "—")),
        (gettext("完整度"), f"{number(round(standing.percent_of(resource), 1))}%"),
    ]
    if (successor := resource.superseded_by) is not None:
        told.append((gettext("由何目录取代"), f"{successor.title} {successor.code}"))
    systems = [(one.name, reverse("console-system", args=[one.code])) for one in systems_of(resource)]
    return Duties(told, systems, standing.missing_of(resource))


def dependants(seen: Seen) -> Dependants:
    """Who uses items of the entry, one line for each user with the items that it uses; grants only for who may look at them."""
    everyone = Dependence.objects.filter(resource=seen.resource)
    found = everyone if policy.may(seen.actor, "access.view", seen.resource) else everyone.exclude(by_kind="access.grant")
    users = found.values_list("by_kind", "by_key").distinct().order_by("by_kind", "by_key")
    total = everyone.values("by_kind", "by_key").distinct().count()
    chosen = list(users[:DEPENDANTS])
    rows = found.filter(by_key__in=[key for _, key in chosen]).select_related("responsible")[: DEPENDANTS * 20]
    grouped: dict[tuple[str, str], list[Dependence]] = {one: [] for one in chosen}
    for row in rows:
        grouped.get((row.by_kind, row.by_key), []).append(row)
    names = {item.field: item.name for item in seen.contract.items}
    columns = (
        Column(gettext("使用方")), Column(gettext("用途")), Column(gettext("信息项"), is_long=True), Column(gettext("责任单位")),
        Column(gettext("面向公众")),
    )
    lines = [_dependant(uses, names) for uses in grouped.values() if uses]
    table = Table(gettext("谁在用"), columns, lines, gettext("还没有登记的使用方：没有授权、数据集、指标、校核规则或归集用到它。"))
    return Dependants(table, total, max(0, total - len(lines)))


def dependant_href(kind: str, key: str) -> str:
    """The page of a user of items; "" where it has none."""
    names = {
        "insight.indicator": "indicator", "opening.dataset": "dataset", "access.grant": "console-grant", "items.item": "console-item",
        "themes.theme": "console-theme",
    }
    try:
        return reverse(names[kind], args=[key]) if kind in names else ""
    except NoReverseMatch:  # declared under a key that is no part of an address
        return ""


def _dependant(uses: Sequence[Dependence], names: dict[str, str]) -> tuple[Cell, ...]:
    first = uses[0]
    words = list(dict.fromkeys(word(one.get_use_display()) for one in uses))
    told = list(dict.fromkeys(names.get(one.field, one.field) or gettext("整条目录") for one in uses))
    more = gettext("等 %(n)s 项") % {"n": number(len(told))} if len(told) > NAMED else ""
    return (
        Cell(first.title, dependant_href(first.by_kind, first.by_key)), Cell("、".join(words)), Cell("、".join(told[:NAMED]) + more),
        Cell(first.responsible.name if first.responsible else ""), Cell(gettext("是") if first.is_public else gettext("否")),
    )


def _versions(found: Sequence[ResourceVersion], *, is_public: bool = False) -> Table:
    """Versions as rows; who published and why is not for everybody."""
    columns = [Column(gettext("版本"), is_numeric=True), Column(gettext("生效时间"))]
    columns += [] if is_public else [Column(gettext("发布人")), Column(gettext("理由"), is_long=True)]
    columns.append(Column(gettext("内容摘要 SM3"), is_code=True))
    rows = [
        [Cell(str(one.number)), Cell(moment(one.published_at)),
         *([] if is_public else [Cell(one.published_by), Cell(one.reason)]), Cell(f"{one.digest[:16]}…")]
        for one in found
    ]
    return Table(gettext("目录版本"), columns, rows, gettext("还没有版本记录；下次变更时先记下现行内容。"), is_cards=True)


_BOTH = frozenset({CONSOLE, PORTAL})
PANELS = (
    Panel("facts", gettext_noop("基本信息"), 0, "panels/facts.html", facts, places=_BOTH, is_aside=True),
    Panel("duties", gettext_noop("责任"), 5, "panels/duties.html", duties, is_aside=True),
    Panel("items", gettext_noop("信息项"), 10, "panels/table.html", items, places=_BOTH),
    Panel("life", gettext_noop("目录版本与变更"), 70, "panels/life.html", life, places=_BOTH),
    Panel("dependants", gettext_noop("谁在用、改了影响谁"), 60, "panels/dependants.html", dependants),
)
