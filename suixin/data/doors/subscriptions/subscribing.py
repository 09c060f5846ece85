"""Writes of subscriptions: made, paused, resumed, replayed from a version; dead letters sent again. The secret is shown once."""

import secrets

import orjson
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.access.versions import newest_version
from suixin.data.catalog.models import Resource
from suixin.data.doors.errors import WrongExchange
from suixin.data.doors.evidence import note_delivery
from suixin.data.doors.models import DeadLetter, ExchangeState, Subscription
from suixin.data.doors.subscriptions.delivering import deliver
from suixin.data.doors.subscriptions.sending import require_address, send
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.registry import Given
from suixin.ground.people.models import Application
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotFound

JOB = "exchange.subscription"


@transaction.atomic
def subscribe(application: Application, resource: Resource, url: str, *, actor: Actor) -> tuple[Subscription, str]:
    """The subscription and its secret, which nobody can read again; changes from now on are told. Raises NotAllowed, WrongExchange."""
    policy.require(actor, "sharing.exchange", application)
    open_plan(application_actor(application), resource, door=Door.SUBSCRIPTION)
    secret = secrets.token_urlsafe(32)
    made = Subscription(
        application=application, resource=resource, url=require_address(url), version=newest_version(resource.table), created_at=clock.now()
    )
    made.secret = secret
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise WrongExchange("这个应用已把这项资源订阅到这个地址;请在那项订阅上操作。") from error
    audit.record(actor, "sharing.subscribed", made, detail={"resource": resource.code, "url": made.url})
    return made, secret


@transaction.atomic
def switch_subscription(subscription: Subscription, *, is_paused: bool, actor: Actor, reason: str = "") -> Subscription:
    """The subscription, paused, or enabled with its failures forgotten. Raises NotAllowed."""
    policy.require(actor, "sharing.exchange", subscription.application)
    held = Subscription.objects.select_for_update().get(pk=subscription.pk)
    held.state, held.failures = (ExchangeState.PAUSED if is_paused else ExchangeState.ENABLED), 0
    held.next_at = None if is_paused else clock.now()
    held.save(update_fields=["state", "failures", "next_at"])
    audit.record(actor, "sharing.subscription_paused" if is_paused else "sharing.subscription_resumed", held, basis=reason)
    return held


@transaction.atomic
def rotate_secret(subscription: Subscription, *, actor: Actor, reason: str) -> str:
    """A new secret, which signs from the next message on and nobody can read again. Raises NotAllowed."""
    policy.require(actor, "sharing.exchange", subscription.application)
    held = Subscription.objects.select_for_update().get(pk=subscription.pk)
    secret = secrets.token_urlsafe(32)
    held.secret = secret
    held.save(update_fields=["secret"])
    audit.record(actor, "sharing.subscription_rotated", held, basis=reason)
    return secret


@transaction.atomic
def replay(subscription: Subscription, version: int, *, actor: Actor, reason: str = "") -> Subscription:
    """Changes after that version are told again (0: every row, as new). Raises NotAllowed, WrongExchange."""
    policy.require(actor, "sharing.exchange", subscription.application)
    held = Subscription.objects.select_for_update().get(pk=subscription.pk)
    newest = newest_version(held.resource.table)
    if not 0 <= version <= newest:
        raise WrongExchange(f"没有第 {version} 版;可从第 0 版(全部重送)到第 {newest} 版重放。")
    before = state_of(held)
    held.version, held.goal, held.part, held.failures, held.state = version, None, 0, 0, ExchangeState.ENABLED
    held.next_at = clock.now()
    held.save()
    audit.record(actor, "sharing.subscription_replayed", held, basis=reason, before=before)
    return held


def send_again(letter: DeadLetter, *, actor: Actor) -> DeadLetter:
    """The dead letter, sent, taken and on record, while the grant shows what it showed then.

    Raises NotAllowed, NoGrant, WrongExchange, MessageRefused, ReceiverFault.
    """
    held = letter.subscription
    policy.require(actor, "sharing.exchange", held.application)
    plan = open_plan(application_actor(held.application), held.resource, door=Door.SUBSCRIPTION)
    if letter.shape != plan.fingerprint:
        raise WrongExchange("授权的范围在这条消息之后变了，不能原样重送；请从它之前的版本重放。")
    send(held, letter.message_id, letter.body.encode(), plan=plan, rows=letter.rows)
    letter.sent_at = clock.now()
    note_delivery(plan, action="webhook", rows=letter.rows, version=int(orjson.loads(letter.body)["last_version"]))
    Subscription.objects.filter(pk=held.pk).update(told=F("told") + letter.rows, told_at=letter.sent_at)
    with transaction.atomic():
        letter.save(update_fields=["sent_at"])
        audit.record(actor, "sharing.letter_sent", letter.subscription, detail={"message": letter.message_id})
    return letter


def send_all_again(subscription: Subscription, *, actor: Actor) -> int:
    """How many dead letters were sent and taken, oldest first; stops at the first that is not. Raises as `send_again`."""
    waiting = DeadLetter.objects.select_related("subscription__application__organisation")
    sent = 0
    for letter in waiting.filter(subscription=subscription, sent_at=None).order_by("pk"):
        send_again(letter, actor=actor)
        sent += 1
    return sent


def note_landed(resource_id: int) -> None:
    """A new version of the resource is there: its subscriptions are due."""
    Subscription.objects.filter(resource_id=resource_id, state=ExchangeState.ENABLED, failures=0).update(next_at=clock.now())


def run(given: Given) -> str:
    """Deliver one subscription, as the system; run again, it goes on where it stopped."""
    found = Subscription.objects.filter(pk=int(given.text("subscription") or 0)).first()
    if found is None:
        raise NotFound("这项订阅不在了,没有投递。")
    return deliver(found, actor=SYSTEM)


def enqueue_due() -> int:
    """How many subscriptions were due and are being told, each once."""
    now, started = clock.now(), 0
    for one in Subscription.objects.filter(Q(next_at__lte=now), state=ExchangeState.ENABLED):
        if Subscription.objects.filter(pk=one.pk, next_at=one.next_at).update(next_at=None):
            enqueue(JOB, actor=SYSTEM, title=f"订阅推送:{one}"[:300], arguments={"subscription": one.pk})
            started += 1
    return started
