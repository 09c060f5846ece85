"""Which grant counts: pure choice over grants already fetched.

Rule     one plan comes from one grant; grants are never merged, so that their row filters cannot be mixed
Order    the nearest subject first: person, application, organisation, public; among equals the newest
Refusal  a suspended grant is told before an expired one, an expired one before a missing one
Source   codes of standards/data.md 6.5; order is our choice
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from suixin.data.access.errors import ColumnOutsideGrant, GrantExpired, GrantSuspended, NoGrant
from suixin.data.access.models import Door, Grant, GrantState, SubjectKind
from suixin.kit.actor import Actor, ActorKind

_NEARNESS = {SubjectKind.PERSON: 0, SubjectKind.APPLICATION: 1, SubjectKind.ORGANISATION: 2, SubjectKind.PUBLIC: 3}


def concerns(grant: Grant, actor: Actor) -> bool:
    """Whether the grant's subject is the actor, its organisation, or everybody."""
    match grant.subject_kind:
        case SubjectKind.PUBLIC:
            return True
        case SubjectKind.ORGANISATION:
            return bool(actor.organisation) and grant.subject_key == actor.organisation
        case SubjectKind.APPLICATION:
            return actor.kind is ActorKind.APPLICATION and grant.subject_key == actor.key
        case SubjectKind.PERSON:
            return actor.kind in (ActorKind.STAFF, ActorKind.RESIDENT) and grant.subject_key == actor.key
    return False


def choose(
    grants: Iterable[Grant], actor: Actor, door: Door, *, wanted: Sequence[str] | None, at: datetime, title: str,
) -> Grant:
    """The grant by which `actor` reads. Raises NoGrant, GrantExpired, GrantSuspended, ColumnOutsideGrant."""
    near = sorted(
        (grant for grant in grants if concerns(grant, actor) and door in grant.doors),
        key=lambda grant: (_NEARNESS[SubjectKind(grant.subject_kind)], -(grant.pk or 0)),
    )
    usable = [grant for grant in near if grant.state == GrantState.ACTIVE and grant.is_in_time(at)]
    if not usable:
        raise _refusal(near, actor, title)
    for grant in usable:
        if wanted is None or set(wanted) <= set(grant.columns):
            return grant
    missing = [field for field in wanted or () if field not in usable[0].columns]
    raise ColumnOutsideGrant(
        f"授权不包含列 {'、'.join(missing)}；请只取授权内的列，或向提供方申请增加这些列。", columns=missing
    )


def _refusal(near: Sequence[Grant], actor: Actor, title: str) -> Exception:
    if any(grant.state == GrantState.SUSPENDED for grant in near):
        return GrantSuspended(f"「{title}」对{actor.name}的授权已被提供方暂停；请与提供方联系恢复。")
    if any(grant.state == GrantState.ACTIVE for grant in near):
        return GrantExpired(f"「{title}」对{actor.name}的授权不在有效期内；请申请续期。")
    return NoGrant(f"{actor.name}没有读取「{title}」的授权；请先申请共享。")
