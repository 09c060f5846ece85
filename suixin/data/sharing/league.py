"""How departments share: answered, provided and corrected in time, refused; a few grouped queries, however many requests there are.

In time  of what was decided in the period, or is open and overdue before its end; a late step makes its request late
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q

from suixin.data.sharing import asking
from suixin.ground.flow.models import Step, StepKind, StepStatus
from suixin.ground.people.models import Organisation
from suixin.kit import clock

ANSWERING = ("reviewed", "decided", "answered")
_DECIDING = ("decided", "answered")


@dataclass(slots=True)
class Tally:
    """How many came, how many were late."""

    total: int = 0
    late: int = 0

    @property
    def rate(self) -> float | None:
        """Share in time, 0..1; None when there was nothing."""
        return (self.total - self.late) / self.total if self.total else None


@dataclass(slots=True)
class SharingStanding:
    """One department as a provider; every refusal has its reason, since none is taken without."""

    organisation: Organisation
    answered: Tally = field(default_factory=Tally)
    provided: Tally = field(default_factory=Tally)
    corrected: Tally = field(default_factory=Tally)
    refused: int = 0
    agreed: int = 0

    @property
    def rate(self) -> float | None:
        """Share of all that was due and done in time."""
        total = self.answered.total + self.provided.total + self.corrected.total
        late = self.answered.late + self.provided.late + self.corrected.late
        return (total - late) / total if total else None


def standings(organisations: Collection[int], since: datetime, until: datetime) -> Sequence[SharingStanding]:
    """Standings of these providers (their numbers) in [since, until), best first; those with nothing due left out."""
    places = Organisation.objects.in_bulk(list(organisations))
    found = {pk: SharingStanding(place) for pk, place in places.items()}
    for slug, nodes, name in (
        (asking.SLUG, ANSWERING, "answered"), (asking.SLUG, (asking.PROVIDED,), "provided"), ("data-doubt", ("assigned", "handled"),
            "corrected"),
    ):
        for place, total, late in _counted(places, slug, nodes, (since, until)):
            tally: Tally = getattr(found[place], name)
            tally.total, tally.late = total, late
    decided = Step.objects.filter(
        procedure__slug=asking.SLUG, node__in=_DECIDING, kind=StepKind.TASK, status=StepStatus.DONE, done_at__gte=since, done_at__lt=until,
        organisation_id__in=places,
    ).order_by()
    for place, outcome, n in decided.values_list("organisation_id", "outcome").annotate(n=Count("pk")):
        if outcome == "reject":
            found[place].refused += n
        elif outcome == "approve":
            found[place].agreed += n
    shown = [one for one in found.values() if one.rate is not None or one.refused or one.agreed]
    return sorted(shown, key=lambda one: (-(one.rate or 0.0), -one.answered.total, one.organisation.pk))


def _counted(
    places: Collection[int], slug: str, nodes: tuple[str, ...], period: tuple[datetime, datetime]
) -> Sequence[tuple[int, int, int]]:
    """Number of the organisation, requests decided or overdue, those of them late."""
    since, until = period
    now = min(until, clock.now())
    done = Q(status=StepStatus.DONE, done_at__gte=since, done_at__lt=until)
    overdue = Q(status=StepStatus.OPEN, due_at__lt=now)
    steps = Step.objects.filter(done | overdue, procedure__slug=slug, node__in=nodes, organisation_id__in=places).exclude(
        kind__in=(StepKind.SUPPLEMENT, StepKind.APPROVAL)).order_by()
    late = Q(is_late=True) | overdue
    counted = steps.values("organisation_id").annotate(
        total=Count("instance", distinct=True), late=Count("instance", distinct=True, filter=late),
    )
    return list(counted.values_list("organisation_id", "total", "late"))
