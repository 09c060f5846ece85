"""Writes of the space: what was read."""

from collections.abc import Iterable

from django.db.models import QuerySet

from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases.models import Case
from suixin.services.cases.queries import own_cases
from suixin.services.space.models import Reading


def mark_read(cases: Iterable[Case], *, actor: Actor) -> None:
    """All that came about these cases counts as read by the actor; cases of others are left alone. Raises NotAllowed."""
    policy.require(actor, "cases.apply", None)
    _note(own_cases(actor).filter(pk__in=[one.pk for one in cases]), actor)


def mark_all_read(*, actor: Actor) -> None:
    """Everything that came counts as read. Raises NotAllowed."""
    policy.require(actor, "cases.apply", None)
    _note(own_cases(actor), actor)


def _note(own: QuerySet[Case], actor: Actor) -> None:
    now = clock.now()
    rows = [Reading(case_id=pk, reader=actor.key[:150], read_at=now) for pk in own.order_by().values_list("pk", flat=True).distinct()]
    Reading.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=["reader", "case"], update_fields=["read_at"],
    )
