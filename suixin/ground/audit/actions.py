"""Writing the log: in the caller's transaction, so that a change and its record stand or fall together."""

import json
from collections.abc import Mapping

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from suixin.ground import prepared
from suixin.ground.audit import chain, keys, store
from suixin.ground.audit.models import Record
from suixin.ground.audit.states import hash_of, state_of
from suixin.kit import clock, origin
from suixin.kit.actor import Actor


def record(
    actor: Actor, action: str, obj: models.Model | tuple[str, str], *, basis: str = "", code: str = "200",
    detail: Mapping[str, object] | None = None, before: Mapping[str, object] | None = None,
) -> Record:
    """The new record of `action` on `obj` (a row, or a pair of type and key).

    `before` is `state_of(row)` taken before the change; the state after is read from the row now. `code` is the
    result. Where it came from is the current origin. Details of a reading are told as fields, rows, bytes, masks,
    millis; the application or grant it rests on as request (standards/data.md 4.4).
    """
    object_type, object_key = _identify(obj)
    here = origin.current()
    written = Record(
        at=clock.now(), actor_kind=actor.kind.value, actor_key=actor.key[:150], actor_name=actor.name[:120],
        organisation=actor.organisation, action=action, object_type=object_type, object_key=object_key[:200],
        basis=basis[:500], code=code, trace_id=here.trace_id, address=here.address, terminal=here.terminal,
        detail=_plain(detail or {}), before_hash=hash_of(before) if before is not None else "",
        after_hash=hash_of(state_of(obj)) if isinstance(obj, models.Model) else "",
    )
    with transaction.atomic(savepoint=False):
        prepared.insert(written)
        store.add_pending(written.pk, keys.mac(_canonical(written)))
    return written


def _canonical(written: Record) -> bytes:
    """The record as the sealer will read it from the database."""
    values = {name: getattr(written, name) for name in chain.COLUMNS}
    values |= {"at": chain.time_text(written.at), "detail": json.dumps(written.detail)}
    return chain.canonical_json(tuple(values.values()))


def _plain(detail: Mapping[str, object]) -> object:
    return chain.plain_numbers(json.loads(json.dumps(dict(detail), cls=DjangoJSONEncoder)))


def _identify(obj: models.Model | tuple[str, str]) -> tuple[str, str]:
    if isinstance(obj, tuple):
        return obj
    for attribute in ("uuid", "code", "app_id", "uscc", "username", "slug"):
        if value := getattr(obj, attribute, None):
            return obj._meta.label_lower, str(value)
    return obj._meta.label_lower, str(obj.pk)
