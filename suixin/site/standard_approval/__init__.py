"""A version of a standard, or a mapping of own codes, that was handed on waits in the inbox of who publishes it.

Path     handed on (`hand_on`) → reviewed, in the bureau's inbox or on the standard's page → published by the effect, or returned
Two      the guard refuses who handed it on, wherever the step is decided
Machine  what the system or the command line hands on waits on its page only: nobody signed in to start a procedure
"""

from pathlib import Path

from django.db import transaction
from django.urls import reverse

from suixin.data.catalog.publication import require_procedure
from suixin.ground.flow import advancing, rights
from suixin.ground.flow.models import ACTIVE, LIVE, Instance
from suixin.ground.flow.starting import start
from suixin.ground.flow.subjects import Deciding, Effect, Subject
from suixin.ground.people.models import Account, Organisation
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.ground.standards import actions, mapping
from suixin.ground.standards.errors import WrongState
from suixin.ground.standards.models import Kind, Mapping, State, Version
from suixin.kit.actor import SYSTEM, Actor, ActorKind

KIND, SLUG, NODE = "standards.handed_on", "standard-approval", "reviewed"
FILE = Path(__file__).parent / "standard-approval.yaml"
HandedOn = Version | Mapping


@transaction.atomic
def hand_on(one: HandedOn, *, actor: Actor) -> HandedOn:
    """The draft submitted, its step in the inbox of who publishes. Raises NotAllowed, BadDraft, WrongState."""
    held: HandedOn = (
        actions.submit_version(one, actor=actor) if isinstance(one, Version) else mapping.submit_mapping(one, actor=actor)
    )
    place = Organisation.objects.filter(uscc=actor.organisation).first() if actor.organisation else None
    bureau = bureau_of(place) or place if place else None
    if bureau is None or actor.kind is not ActorKind.STAFF or not Account.objects.filter(username=actor.key).exists():
        return held
    require_procedure(SLUG)
    start(SLUG, Subject(KIND, key_of(held)), actor=actor, title=f"审核标准：{held}", parties={"bureau": bureau})
    return held


@transaction.atomic
def decide(one: HandedOn, *, is_good: bool, actor: Actor, reason: str = "") -> HandedOn:
    """Published, or a draft again, by the step that waits; without one, directly. Raises NotAllowed, WrongState, what the step raises."""
    policy.require(actor, "standards.publish", one)
    instance = running(one)
    if instance is not None:
        advancing.advance(instance.pk, NODE, "approve" if is_good else "reject", actor=actor, reason=reason)
        if not is_good:  # told again when the procedure is heard to have ended, which then finds a draft
            return _returned(one, actor=actor, reason=reason)
        return of_key(key_of(one))
    return _published(one, actor=actor, reason=reason) if is_good else _returned(one, actor=actor, reason=reason)


def running(one: HandedOn) -> Instance | None:
    """The procedure in which it waits; None when there is none."""
    return Instance.objects.filter(subject_kind=KIND, subject_key=key_of(one), status__in=LIVE).order_by("-pk").first()


def may_decide(one: HandedOn, *, actor: Actor) -> bool:
    """Whether the actor may publish or return what waits: by the step in its inbox, where there is one."""
    if not policy.may(actor, "standards.publish", one):
        return False
    instance = running(one)
    step = instance.steps.filter(node=NODE, status__in=ACTIVE).first() if instance else None
    return step is None or rights.may_act(actor, step)


def guard(deciding: Deciding) -> None:
    """Nothing, when this is another person than who handed it on. Raises WrongState."""
    actions.require_other(of_key(deciding.subject.key).submitted_by, deciding.actor)


def publish(given: Effect) -> None:
    """Published by who decided last. Raises NotAllowed, WrongState."""
    _published(of_key(given.subject.key), actor=given.actor, reason=given.reason)


def returned(key: str, *, actor: Actor = SYSTEM, reason: str) -> None:
    """The procedure ended without publication: what still waits is a draft again."""
    try:
        one = of_key(key)
    except WrongState:
        return
    if one.state == State.REVIEWING and running(one) is None:
        _returned(one, actor=actor, reason=reason)


def key_of(one: HandedOn) -> str:
    """How a procedure names it."""
    return f"{'version' if isinstance(one, Version) else 'mapping'}/{one.uuid}"


def of_key(key: str) -> HandedOn:
    """What a procedure names. Raises WrongState: it is not there any more."""
    kind, _, uuid = key.partition("/")
    found: HandedOn | None = (
        Version.objects.select_related("standard").filter(uuid=uuid).first() if kind == "version"
        else Mapping.objects.select_related("own").filter(uuid=uuid).first()
    )
    if found is None:
        raise WrongState("这份标准草稿已经作废，不能再办理；请结束这个流程。")
    return found


def href_of(key: str) -> str:
    """The page of it; "" when it is gone."""
    try:
        one = of_key(key)
    except WrongState:
        return ""
    if isinstance(one, Mapping):
        return reverse("console-mapping", args=[one.uuid])
    return reverse("console-element" if one.standard.kind == Kind.ELEMENT else "console-code-set", args=[one.standard.code])


def _published(one: HandedOn, *, actor: Actor, reason: str) -> HandedOn:
    if isinstance(one, Version):
        return actions.publish_version(one, actor=actor, reason=reason)
    return mapping.publish_mapping(one, actor=actor, reason=reason)


def _returned(one: HandedOn, *, actor: Actor, reason: str) -> HandedOn:
    if isinstance(one, Version):
        return actions.return_version(one, actor=actor, reason=reason)
    return mapping.return_mapping(one, actor=actor, reason=reason)
