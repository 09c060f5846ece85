"""The one question every action asks first: may this actor do this to that? A no is recorded."""

from suixin.ground.audit import refusals
from suixin.ground.security.rules import NEEDS_NO_OBJECT, Scope, scope_of
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed

_OWNER_ATTRIBUTES = ("provider", "organisation", "resource", "dataset", "batch")
_MAX_HOPS = 4


def may(actor: Actor, verb: str, obj: object) -> bool:
    """Whether the actor's roles allow `verb` on `obj` (None: no object in particular, or none yet)."""
    scope = scope_of(actor.roles, verb)
    if scope is not Scope.OWN:
        return scope is Scope.ANY
    if obj is None:
        return verb in NEEDS_NO_OBJECT
    owner = owner_uscc(obj)
    return bool(owner) and owner == actor.organisation


def require(actor: Actor, verb: str, obj: object) -> None:
    """Nothing, when the actor may do `verb` to `obj`. Raises NotAllowed, and the attempt is recorded."""
    if not may(actor, verb, obj):
        refusals.note(actor, verb, obj)
        place = f"“{obj}”" if obj is not None else "该操作对象"
        raise NotAllowed(
            f"{actor.name}没有对{place}执行 {verb} 的权限;请换用有权限的账号,或请数据局管理员分配岗位。",
            verb=verb, actor=actor.key,
        )


def owner_uscc(obj: object) -> str:
    """The credit code of the organisation that owns `obj`, found along provider, organisation, resource; "" if none."""
    node = obj
    for _ in range(_MAX_HOPS):
        if node is None:
            return ""
        if isinstance(uscc := getattr(node, "uscc", None), str):
            return uscc
        node = next((getattr(node, name) for name in _OWNER_ATTRIBUTES if getattr(node, name, None) is not None), None)
    return ""
