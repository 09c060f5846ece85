"""The one question every action asks first: may this actor do this to that? A no is recorded.

`require(actor, verb, obj)`      one object; None is what belongs to nobody in particular (the whole instance)
An object of several organisations has `owner_paths`; each of them must lie within the actor's reach.
A refusal names the object only when everybody may know its name (`has_public_name`): the name of an account or of an
application is not for who guesses its number.
`require_anywhere(actor, verb)`  a page that then shows only what lies within the actor's reach
"""

from typing import NoReturn

from suixin.ground.audit import refusals
from suixin.ground.security.rules import NEEDS_NO_OBJECT, Scope, scope_of
from suixin.ground.security.verbs import words_of
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed

_OWNER_ATTRIBUTES = ("provider", "organisation", "resource", "dataset", "batch")
_MAX_HOPS = 4


def may(actor: Actor, verb: str, obj: object) -> bool:
    """Whether the actor's roles allow `verb` on `obj` (None: no object in particular, or none yet)."""
    scope = scope_of(actor.roles, verb)
    if scope is None or scope is Scope.ALL:
        return scope is not None
    if obj is None:
        return verb in NEEDS_NO_OBJECT or (scope is Scope.SUBTREE and actor.governs_all)
    paths: tuple[tuple[str, ...], ...] | None = getattr(obj, "owner_paths", None)
    if paths is None:
        return _covers(actor, scope, owner_path(obj))
    return all(_covers(actor, scope, path) for path in paths or ((),))


def may_anywhere(actor: Actor, verb: str) -> bool:
    """Whether there is anything on which the actor's roles allow `verb`."""
    return scope_of(actor.roles, verb) is not None


def require(actor: Actor, verb: str, obj: object) -> None:
    """Nothing, when the actor may do `verb` to `obj`. Raises NotAllowed, and the attempt is recorded."""
    if not may(actor, verb, obj):
        refuse(actor, verb, obj)


def require_anywhere(actor: Actor, verb: str) -> None:
    """Nothing, when there is anything on which the actor may do `verb`. Raises NotAllowed, and the attempt is recorded."""
    if not may_anywhere(actor, verb):
        refuse(actor, verb, None)


def reach(actor: Actor, verb: str) -> Scope | None:
    """The scope in which the actor may do `verb`, for whoever lists; ALL also for the subtree that is the whole tree."""
    scope = scope_of(actor.roles, verb)
    return Scope.ALL if scope is Scope.SUBTREE and actor.governs_all else scope


def owner_path(obj: object) -> tuple[str, ...]:
    """Credit codes from the root down to the organisation that owns `obj`, found along provider, organisation, resource."""
    node = obj
    for _ in range(_MAX_HOPS):
        if node is None:
            return ()
        if isinstance(uscc := getattr(node, "uscc", None), str):
            path = getattr(node, "path", None)
            return path if isinstance(path, tuple) and path else (uscc,) if uscc else ()
        node = next((found for name in _OWNER_ATTRIBUTES if (found := getattr(node, name, None)) is not None), None)
    return ()


def owner_uscc(obj: object) -> str:
    """The credit code of the organisation that owns `obj`; "" if none."""
    return (owner_path(obj) or ("",))[-1]


def _covers(actor: Actor, scope: Scope, path: tuple[str, ...]) -> bool:
    if scope is Scope.OWN:
        return bool(path) and path[-1] == actor.organisation
    return actor.head in path if path else actor.governs_all


def refuse(actor: Actor, verb: str, obj: object) -> NoReturn:
    """Raises NotAllowed, and the attempt is recorded."""
    refusals.note(actor, verb, obj)
    place = f"对“{obj}”" if getattr(obj, "has_public_name", False) else ""
    raise NotAllowed(
        f"{actor.name}没有{place}“{words_of(verb)}”的权限；请换用有权限的账号，或请本单位的系统管理员分配岗位。",
        verb=verb, actor=actor.key,
    )
