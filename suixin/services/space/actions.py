"""Writes of the space: what was read."""

from collections.abc import Iterable

from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases.models import Case
from suixin.services.cases.queries import own_cases
from suixin.services.space.models import Reading


def mark_read(cases: Iterable[Case], *, actor: Actor) -> None:
    """All that came about these cases counts as read by the actor; cases of others are left alone. Raises NotAllowed."""
    policy.require(actor, "cases.apply", None)
    now = clock.now()
    own = own_cases(actor).filter(pk__in=[one.pk for one in cases]).order_by().values_list("pk", flat=True)
    for pk in own:
        Reading.objects.update_or_create(case_id=pk, reader=actor.key[:150], defaults={"read_at": now})


def mark_all_read(*, actor: Actor) -> None:
    """Everything that came counts as read. Raises NotAllowed."""
    mark_read(own_cases(actor), actor=actor)
