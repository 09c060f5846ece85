"""What the pages about one source for each item (一数一源) show: pairs of entries that hold the same, and an entry's own panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.data.catalog.models import Item, Resource
from suixin.data.quality.models import DuplicateFinding, Exemption, FindingState
from suixin.data.quality.radar import queries
from suixin.data.quality.radar.actions import VERB
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Pages
from suixin.site.shell.queries.links import pages_at
from suixin.site.shell.templatetags.suixin import moment

PAGE_SIZE = 10
STATES = ((FindingState.OPEN, gettext_noop("待裁定")), (FindingState.CONFIRMED, gettext_noop("已定数源")),
          (FindingState.DISMISSED, gettext_noop("不是重复")))


@dataclass(frozen=True, slots=True)
class Side:
    """One of two entries, its department and address."""

    pk: int
    title: str
    provider: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """Two items that hold the same: names, the evidence, how sure, and what was decided."""

    pk: int
    left: str
    right: str
    overlap: int | None
    between: str
    sentence: str
    score: int
    decided: str


@dataclass(frozen=True, slots=True)
class Group:
    """Everything that two entries hold alike; `proposed` is the side proposed as the source, with the reason."""

    left: Side
    right: Side
    lines: Sequence[Line]
    proposed: Side | None
    why: str

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both, to choose from."""
        return self.left, self.right


@dataclass(frozen=True, slots=True)
class DuplicatesPage:
    """A page of groups in one state; `states` are value, label, whether chosen."""

    groups: Sequence[Group]
    pages: Pages
    states: Sequence[tuple[str, str, bool]]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """An entry's standing: what it holds like others (item, entry, what of it), exceptions in force (sentences)."""

    rows: Sequence[tuple[str, Side, str]]
    more: int
    exemptions: Sequence[str]
    may_exempt: bool
    may_decide: bool


def duplicates_page(parameters: Mapping[str, str], *, actor: Actor) -> DuplicatesPage:
    """The pairs within the actor's reach, the surest first. Raises NotAllowed."""
    policy.require_anywhere(actor, VERB)
    wanted = parameters.get("state", "")
    state = wanted if wanted in FindingState.values else FindingState.OPEN.value
    found = queries.within_reach(actor, VERB).filter(state=state)
    pairs = list(found.order_by().values_list("left", "right").annotate(best=Max("score")).order_by("-best", "left", "right"))
    pages = pages_at(len(pairs), parameters, size=PAGE_SIZE)
    shown = [(left, right) for left, right, _ in pairs[(pages.number - 1) * PAGE_SIZE : pages.number * PAGE_SIZE]]
    rows = [one for one in found.filter(left__in=[left for left, _ in shown]) if (one.left_id, one.right_id) in shown]
    rows.sort(key=lambda one: (shown.index((one.left_id, one.right_id)), -one.score, one.pk))
    names = _names(rows)
    groups = [_group(list(some), names) for _, some in groupby(rows, key=lambda one: (one.left_id, one.right_id))]
    states = [(value.value, gettext(label), value == state) for value, label in STATES]
    return DuplicatesPage(groups, pages, states, state == FindingState.OPEN)


def panel(resource: Resource, *, actor: Actor, most: int = 8) -> Panel:
    """The entry's panel."""
    found = list(queries.findings_of(resource)[: most + 200])
    names = _names(found)
    rows = []
    for one in found[:most]:
        is_left = one.left_id == resource.pk
        item = names.get((resource.pk, one.left_field if is_left else one.right_field), "")
        rows.append((item, _side(one.right if is_left else one.left), _standing(one, resource)))
    given = Exemption.objects.filter(resource=resource, until__gte=clock.today())
    words = gettext("%(by)s批准另行采集（%(basis)s），有效期至 %(until)s")
    told = [words % {"by": one.given_by, "basis": one.basis, "until": moment(one.until)} for one in given]
    return Panel(
        rows, max(0, len(found) - most), told, policy.may(actor, "catalog.exempt_duplicates", resource), policy.may_anywhere(actor, VERB)
    )


def chosen(pks: Sequence[str], *, actor: Actor) -> list[DuplicateFinding]:
    """The findings of these numbers within the actor's reach."""
    return list(queries.within_reach(actor, VERB).filter(pk__in=[int(pk) for pk in pks if pk.isdecimal() and len(pk) < 19]))


def _standing(one: DuplicateFinding, resource: Resource) -> str:
    if one.state == FindingState.CONFIRMED and one.source is not None:
        return gettext("本目录是数源") if one.source_id == resource.pk else gettext("数源是%(name)s") % {"name": one.source.provider}
    return one.sentence


def _group(rows: Sequence[DuplicateFinding], names: Mapping[tuple[int, str], str]) -> Group:
    first = rows[0]
    left, right = _side(first.left), _side(first.right)
    proposed = {left.pk: left, right.pk: right}.get(first.proposed_id or 0)
    return Group(left, right, [_line(one, names) for one in rows], proposed, first.proposed_why)


def _line(one: DuplicateFinding, names: Mapping[tuple[int, str], str]) -> Line:
    decided = ""
    if one.state != FindingState.OPEN and one.decided_at is not None:
        source = gettext("数源：%(name)s。") % {"name": one.source.provider} if one.source is not None else ""
        told = {"source": source, "by": one.decided_by, "day": moment(one.decided_at), "reason": one.reason}
        decided = gettext("%(source)s%(by)s %(day)s：%(reason)s") % told
    between = "" if one.overlap is None else f"{one.overlap_low}%–{one.overlap_high}%"
    return Line(
        one.pk, names.get((one.left_id, one.left_field), one.left_field), names.get((one.right_id, one.right_field), one.right_field),
        one.overlap, between, one.sentence, one.score, decided,
    )


def _side(entry: Resource) -> Side:
    return Side(entry.pk, entry.title, str(entry.provider), reverse("console-resource", args=[entry.table]))


def _names(rows: Sequence[DuplicateFinding]) -> dict[tuple[int, str], str]:
    entries = {pk for one in rows for pk in (one.left_id, one.right_id)}
    return {(pk, field): name for pk, field, name in Item.objects.filter(resource__in=entries).values_list("resource", "field", "name")}
