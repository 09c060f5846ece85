"""Writing the log: in the caller's transaction, so that a change and its record stand or fall together."""

from collections.abc import Mapping

from django.db import models

from suixin.ground.audit.models import Record
from suixin.ground.audit.states import hash_of, state_of
from suixin.kit import clock
from suixin.kit.actor import Actor


def record(
    actor: Actor, action: str, obj: models.Model | tuple[str, str], *, basis: str = "",
    detail: Mapping[str, object] | None = None, before: Mapping[str, object] | None = None,
) -> Record:
    """The new record of `action` on `obj` (a row, or a pair of type and key).

    `before` is `state_of(row)` taken before the change; the state after is read from the row now.
    """
    object_type, object_key = _identify(obj)
    return Record.objects.create(
        at=clock.now(), actor_kind=actor.kind.value, actor_key=actor.key, actor_name=actor.name,
        organisation=actor.organisation, action=action, object_type=object_type, object_key=object_key[:200],
        basis=basis, detail=dict(detail or {}), before_hash=hash_of(before) if before is not None else "",
        after_hash=hash_of(state_of(obj)) if isinstance(obj, models.Model) else "",
    )


def _identify(obj: models.Model | tuple[str, str]) -> tuple[str, str]:
    if isinstance(obj, tuple):
        return obj
    for attribute in ("uuid", "code", "app_id", "uscc", "username", "slug"):
        if value := getattr(obj, attribute, None):
            return obj._meta.label_lower, str(value)
    return obj._meta.label_lower, str(obj.pk)
