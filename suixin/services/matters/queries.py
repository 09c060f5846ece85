"""Reads of matters: one's own, the lead department's list with lights, where each part stands and what comes next by when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from suixin.ground.flow import calendars
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import queries as cases
from suixin.services.cases.attached import MaterialState
from suixin.services.cases.models import Case
from suixin.services.cases.parties import of_party
from suixin.services.items.stated import rows_of, text_of
from suixin.services.matters import parties, rules
from suixin.services.matters.models import Matter, MatterState, Part, PartState, Visit, VisitState
from suixin.services.themes import queries as themes
from suixin.services.themes.declaration import Whole
from suixin.services.themes.rules.merging import key_of

_NEXT = {
    MatterState.DELIVERING: "各项都办完了，由牵头单位一次送达结果", MatterState.DONE: "全部办成，结果已送达，没有要您做的",
    MatterState.PARTLY: "能办的已办成、送达；没有办成的见各项的理由",
    MatterState.REFUSED: "整件事已退回；不服的可以在期限内申请行政复议或者提起诉讼",
    MatterState.WITHDRAWN: "已撤回，没有要您做的",
}
HANDLED, AFTER = "部门正在办：%(parts)s", "等“%(parts)s”办好后开始"
PLANNED, UNPLANNED = "%(visit)s：%(when)s", "%(visit)s，时间约好后告诉您"
Names = Mapping[str, Sequence[str]]
_SETTLED = (PartState.APPROVED, PartState.REFUSED, PartState.WITHDRAWN, PartState.NOT_HANDLED, PartState.STOPPED)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one part stands for the applicant: what comes next, by when (None: no day is set), whether it waits for him.

    `names`: what stands in the braces of the sentence; titles of items and visits, days and places.
    """

    part: Part
    sentence: str
    by: date | None = None
    is_yours: bool = False
    is_late: bool = False
    colour: str = ""
    names: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next of the whole, and by when; `part`: of which part the sentence speaks, when of one."""

    sentence: str
    by: date | None = None
    is_yours: bool = False
    part: Part | None = None
    names: Names = field(default_factory=dict)


def own_matters(actor: Actor) -> QuerySet[Matter]:
    """The matters of an applicant, newest first."""
    rows = Matter.objects.filter(of_party(actor, "application__")).select_related("application", "organisation", "version")
    return rows.prefetch_related("parts__case__reception", "parts__case__handling", "parts__organisation").order_by("-id")


def matter_with(case: Case) -> Matter | None:
    """The matter of which the case is a part."""
    return Matter.objects.select_related("organisation").filter(parts__case=case).first()


def materials_of(matter: Matter) -> list[tuple[str, str]]:
    """The materials of all parts, each once: its name, and how it was handed in."""
    found: dict[str, tuple[str, str]] = {}
    for part in matter.parts.select_related("version"):
        for place, row in enumerate(rows_of(part.version.content, "materials"), 1):
            if (told := part.handed.get(str(place))) is not None:
                found.setdefault(key_of(row), (text_of(row, "material_name"), str(MaterialState(told[0]).label)))
    return list(found.values())


def worklist(actor: Actor, *, state: str = "", words: str = "") -> QuerySet[Matter]:
    """The matters within a member of staff's reach, those due first; `state`: one of them, or what goes on when empty."""
    found = Matter.objects.filter(pk__in=Matter.objects.filter(parties.visible(actor)).values("pk"))
    if state in MatterState.values:
        found = found.filter(state=state)
    elif state != "all":
        found = found.filter(state__in=(MatterState.OPEN, MatterState.DELIVERING))
    if words:
        found = found.filter(Q(number__startswith=words) | Q(title__contains=words) | Q(application__shown_name=words))
    rows = found.select_related("application", "organisation").prefetch_related(
        "parts__organisation", "parts__case__handling", "parts__case__reception")
    return rows.annotate(
        many=Count("parts"), settled=Count("parts", filter=Q(parts__state__in=_SETTLED)),
    ).order_by("due_on", "id")


def light_of(matter: Matter) -> str:
    """The light of what is still handled; "" when nothing is."""
    return rules.light_of(matter.due_on, clock.today(), calendars.current()) if matter.state == MatterState.OPEN else ""


def late_parts(matter: Matter) -> list[Part]:
    """The parts whose department is beyond its promise."""
    return [one for one in matter.parts.all() if one.state == PartState.HANDLED and one.case is not None and _colour(one) == "red"]


def standings(matter: Matter, whole: Whole | None = None) -> list[Standing]:
    """Where each part stands, in the order of the theme."""
    found = whole or themes.published(matter.version)
    parts = list(matter.parts.select_related("organisation", "case__reception", "case__handling", "case__application", "version"))
    visits = {name: one for one in matter.visits.all() for name in one.parts if one.state == VisitState.DUE}
    return [_standing(matter, one, parts, found, visits.get(one.name)) for one in parts]


def next_of(matter: Matter, told: Sequence[Standing]) -> Next:
    """What comes next: what waits for the applicant first, else the nearest day of a part, else the promise of the whole."""
    if matter.state != MatterState.OPEN:
        by = matter.delivery.due_at if matter.state == MatterState.DELIVERING and matter.delivery is not None else None
        return Next(_NEXT[MatterState(matter.state)], _day(by))
    owed = [one for one in told if one.is_yours]
    if owed:
        first = min(owed, key=lambda one: one.by or matter.due_on)
        return Next(first.sentence, first.by, is_yours=True, part=first.part, names=first.names)
    handled = [one.part.title for one in told if one.part.state == PartState.HANDLED]
    return Next(HANDLED, matter.due_on, names={"parts": handled}) if handled else Next("部门正在办理", matter.due_on)


def _standing(matter: Matter, part: Part, parts: Sequence[Part], whole: Whole, visit: Visit | None) -> Standing:
    match PartState(part.state):
        case PartState.WAITING:
            before = [one.title for one in parts if one.name in whole.theme.part(part.name).before and one.settled_at is None]
            return Standing(part, AFTER, planned(matter, part)[0], names={"parts": before})
        case PartState.HANDLED if part.case is not None:
            then, colour = cases.next_of(part.case), _colour(part)
            sentence, names = _visited(visit) if visit is not None and not then.is_yours else (then.sentence, {})
            return Standing(part, sentence, _day(then.by), then.is_yours, colour == "red", colour, names)
        case PartState.REFUSED:
            return Standing(part, (part.case.reason if part.case is not None else "") or "不予办理")
        case _:
            return Standing(part, "")


def _visited(visit: Visit) -> tuple[str, dict[str, Sequence[str]]]:
    names: dict[str, Sequence[str]] = {"visit": [visit.title]}
    if not visit.planned_on:
        return UNPLANNED, names
    return PLANNED, {**names, "when": [f"{visit.planned_on:%F} {visit.note}".rstrip()]}


def planned(matter: Matter, part: Part) -> tuple[date, date]:
    """The first and the last day of a part as they were planned when the matter was handed in."""
    calendar, start = calendars.current(), _day(matter.opened_at) or clock.today()
    return (calendar.nth_workday_after(start, part.first) if part.first else start,
            calendar.nth_workday_after(start, part.last) if part.last else start)


def _colour(part: Part) -> str:
    return cases.lines_of(part.case).colour if part.case is not None else ""


def _day(at: datetime | None) -> date | None:
    return at.astimezone(clock.CHINA).date() if at else None
