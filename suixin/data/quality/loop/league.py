"""How departments stand in quality: score of what they keep, what is still open, whether they mend in time.

Score    mean total of the newest whole batch of each resource
Open     rejected rows of those batches that no sheet has mended; work orders of quality that are not closed
In time  of the orders closed since a day: closed by the day that the procedure promised; late ones that are open count against it
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from suixin.data.lake.models import Batch
from suixin.data.quality.actions import KIND as CORRECTION
from suixin.data.quality.correcting import score_of
from suixin.data.quality.loop.doubts import KIND as DOUBT
from suixin.data.quality.models import Correction
from suixin.ground.flow.models import InstanceStatus
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.people.models import Organisation
from suixin.kit import clock

KINDS = (CORRECTION, DOUBT)


@dataclass(frozen=True, slots=True)
class QualityStanding:
    """One department."""

    organisation: Organisation
    batches: Sequence[Batch]
    score: float | None
    open_rows: int
    open_orders: int
    late_orders: int
    in_time: int
    closed: int

    @property
    def rate(self) -> float | None:
        """Share of what was to be mended that was mended in time; None when nothing was."""
        due = self.closed + self.late_orders
        return self.in_time / due if due else None


def newest_batches(scope: Q) -> list[Batch]:
    """The newest whole batch of every resource in scope, in one query."""
    last = Batch.objects.landed().whole().filter(scope).values("resource").annotate(last=Max("pk")).values("last")
    return list(Batch.objects.filter(pk__in=last).select_related("resource__provider").order_by("pk"))


def standings(scope: Q, *, since: datetime) -> list[QualityStanding]:
    """Departments that have data in scope (a condition on batches), best first; five queries whatever their number."""
    by_provider: dict[int, list[Batch]] = defaultdict(list)
    newest = newest_batches(scope)
    for batch in newest:
        by_provider[batch.resource.provider_id].append(batch)
    mended, orders = mended_rows([batch.pk for batch in newest]), _orders(by_provider, since)
    found = []
    for provider, batches in by_provider.items():
        open_orders, late, in_time, closed = orders.get(provider, (0, 0, 0, 0))
        left = sum(batch.rejected - mended.get(batch.pk, 0) for batch in batches)
        place = batches[0].resource.provider
        found.append(QualityStanding(place, batches, mean_score(batches), left, open_orders, late, in_time, closed))
    return sorted(found, key=lambda one: (-(one.score or 0.0), one.open_rows, one.organisation.name))


def mean_score(batches: Sequence[Batch]) -> float | None:
    """The mean of the batches' marks; None when none was marked."""
    marks = [mark for batch in batches if (mark := score_of(batch)) is not None]
    return sum(marks) / len(marks) if marks else None


def mended_rows(batches: Collection[int]) -> Mapping[int, int]:
    """How many rejected rows of each of these batches are open no more."""
    found = Correction.objects.filter(batch__in=batches, is_done=True).order_by().values_list("batch")
    return {pk: mended + given for pk, mended, given in found.annotate(m=Sum("mended"), g=Sum("given_up"))}


def closed_orders(since: datetime, until: datetime | None = None) -> QuerySet[WorkOrder]:
    """Quality orders that ended well in the period; what was merged ended elsewhere."""
    found = WorkOrder.objects.filter(kind__in=KINDS, closed_at__gte=since, merged_into=None, instance__status=InstanceStatus.DONE)
    return found if until is None else found.filter(closed_at__lt=until)


IN_TIME = Q(instance__due_at=None) | Q(closed_at__lte=F("instance__due_at"))


def _orders(organisations: Collection[int], since: datetime) -> Mapping[int, tuple[int, int, int, int]]:
    """Of each department: open orders, late ones of these, closed in time, closed."""
    ours = Q(organisation_id__in=list(organisations))
    waiting = WorkOrder.objects.filter(ours, kind__in=KINDS, open_key__isnull=False).order_by().values_list("organisation_id")
    opened = {pk: (n, late) for pk, n, late in waiting.annotate(n=Count("pk"), late=Count("pk", Q(instance__due_at__lt=clock.now())))}
    ended = closed_orders(since).filter(ours).order_by().values_list("organisation_id")
    closed = {pk: (good, n) for pk, good, n in ended.annotate(good=Count("pk", IN_TIME), n=Count("pk"))}
    return {pk: (*opened.get(pk, (0, 0)), *closed.get(pk, (0, 0))) for pk in {*opened, *closed}}
