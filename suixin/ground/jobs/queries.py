"""Jobs, schedules and workers as pages, metrics and `suixin check` read them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from suixin.ground.jobs import registry
from suixin.ground.jobs.models import Clock, Job, JobState, Worker
from suixin.kit import clock

ALIVE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule with its clock."""

    kind: str
    title: str
    schedule: registry.Schedule
    last_at: datetime | None
    next_at: datetime | None


def counts() -> dict[str, int]:
    """How many jobs stand in each state."""
    found = dict(Job.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return {state.value: found.get(state.value, 0) for state in JobState}


def planned() -> list[Planned]:
    """Every schedule, when it ran and when it runs next."""
    known = {one.name: one for one in Clock.objects.all()}
    return [
        Planned(name, registry.kind_of(name).title, one, held.last_at if held else None, held.next_at if held else None)
        for name, one in sorted(registry.schedules.items()) for held in [known.get(name)]
    ]


def living_workers() -> list[Worker]:
    """Workers that gave a sign of life within the last half minute."""
    return list(Worker.objects.filter(beat_at__gt=clock.now() - ALIVE).order_by("owner"))


def longest_wait() -> timedelta:
    """For how long the oldest due job waits; zero when none does."""
    now = clock.now()
    oldest = Job.objects.filter(state=JobState.WAITING, due_at__lte=now).order_by("due_at").values_list("due_at", flat=True).first()
    return now - oldest if oldest else timedelta()

