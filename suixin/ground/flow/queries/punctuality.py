"""Who is on time: what organisations are late with, and the league table of departments.

On time  steps done in time / (steps done in the period + steps open now that became overdue before its end)
Counted  what a department does itself: tasks, joint reviews, approvals; not what automata do or starters supplement
Source   our choice; the handling time is counted in working days from opening to deciding, stops included
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from suixin.ground.flow import calendars
from suixin.ground.flow.models import Step, StepKind, StepStatus
from suixin.ground.flow.queries.paging import OF_STEPS, Slice, slice_of
from suixin.ground.flow.workdays import WorkCalendar
from suixin.ground.people.models import Organisation
from suixin.kit import clock

OF_DEPARTMENTS = (StepKind.TASK, StepKind.JOINT, StepKind.APPROVAL)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one organisation did in a period; `rate` 0..1, None when nothing was to be done; `median_days` of what is done."""

    organisation: Organisation
    done: int
    late: int
    overdue: int
    median_days: int | None

    @property
    def total(self) -> int:
        """What the rate is taken of."""
        return self.done + self.overdue

    @property
    def rate(self) -> float | None:
        """Share of what was done in time."""
        return (self.done - self.late) / self.total if self.total else None


def late_of(organisations: Collection[int], *, after: str = "", size: int = 50) -> Slice[Step]:
    """Open steps of these organisations (their numbers) that are overdue, the longest first."""
    found = Step.objects.filter(organisation_id__in=organisations, status=StepStatus.OPEN, due_at__lt=clock.now())
    return slice_of(found, "due_at", shown=OF_STEPS, after=after, size=size)


def late_by_organisation(organisations: Collection[int]) -> list[tuple[Organisation, int]]:
    """How many overdue open steps each of these organisations has, most first; those without any are left out."""
    found = Step.objects.filter(organisation_id__in=organisations, status=StepStatus.OPEN, due_at__lt=clock.now())
    counts = dict(found.order_by().values_list("organisation_id").annotate(n=Count("pk")))
    places = Organisation.objects.in_bulk(list(counts))
    return [(places[pk], n) for pk, n in sorted(counts.items(), key=lambda one: -one[1])]


def league(organisations: Collection[int], since: datetime, until: datetime, *, minimum: int = 1) -> list[Standing]:
    """Standings of these organisations (their numbers) in [since, until), best first; with fewer than `minimum` left out.

    Three queries, whatever the number of organisations or steps.
    """
    ours = Step.objects.filter(organisation_id__in=organisations, kind__in=OF_DEPARTMENTS).order_by()
    done = ours.filter(status=StepStatus.DONE, done_at__gte=since, done_at__lt=until)
    end = min(until, clock.now())
    overdue = ours.filter(status=StepStatus.OPEN, due_at__lt=end)
    finished: dict[int, tuple[int, int]] = {
        pk: (n, late) for pk, n, late in done.values_list("organisation_id").annotate(n=Count("pk"), late=Count("pk", Q(is_late=True)))
    }
    hanging: dict[int, int] = dict(overdue.values_list("organisation_id").annotate(n=Count("pk")))
    spans = done.values_list(
        "organisation_id", TruncDate("opened_at", tzinfo=clock.CHINA), TruncDate("done_at", tzinfo=clock.CHINA)
    ).annotate(n=Count("pk"))
    medians = _medians(list(spans), calendars.current())
    places = Organisation.objects.in_bulk(list({*finished, *hanging}))
    standings = [
        Standing(place, *finished.get(pk, (0, 0)), hanging.get(pk, 0), medians.get(pk)) for pk, place in places.items()
    ]
    return sorted((one for one in standings if one.total >= max(1, minimum)), key=_rank)


def _rank(one: Standing) -> tuple[float, int, str]:
    return -(one.rate or 0.0), -one.total, one.organisation.name


def _medians(spans: Sequence[tuple[int, date, date, int]], calendar: WorkCalendar) -> Mapping[int, int]:
    """The median number of working days of each organisation, of days that occurred so many times."""
    known: dict[tuple[date, date], int] = {}
    days: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for place, opened, done, number in spans:
        if (opened, done) not in known:
            known[opened, done] = calendar.workdays_between(opened, done)
        days[place].append((known[opened, done], number))
    return {place: _median(found) for place, found in days.items()}


def _median(found: Sequence[tuple[int, int]]) -> int:
    """The lower median of values that occur so many times each."""
    half, seen = (sum(number for _, number in found) + 1) // 2, 0
    for value, number in sorted(found):
        seen += number
        if seen >= half:
            return value
    raise ValueError("no values")
