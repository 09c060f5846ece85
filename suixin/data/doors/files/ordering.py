"""Writes of receivers' keys and standing orders."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.catalog.models import Resource
from suixin.data.doors.files.errors import WrongOrder
from suixin.data.doors.files.models import FileForm, FileOrder, OrderState, ReceiverKey
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job
from suixin.ground.people.models import Application
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.sm import public_from_pem, sm2_public, sm3_hex

JOB = "exchange.package"
MOST_DAYS = 180


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as somebody describes it."""

    form: FileForm = FileForm.CSV
    purpose: str = ""
    is_automatic: bool = True
    days: int = 15


@transaction.atomic
def register_key(application: Application, text: str, *, actor: Actor) -> ReceiverKey:
    """The key (PEM or hex) in place of the one before. Raises NotAllowed, BadKey."""
    policy.require(actor, "sharing.exchange", application)
    public = sm2_public(public_from_pem(text) if text.strip().startswith("-----") else text.strip())
    Application.objects.select_for_update().get(pk=application.pk)
    now = clock.now()
    ReceiverKey.objects.filter(application=application, ended_at=None).update(ended_at=now)
    key = ReceiverKey.objects.create(
        application=application, public=public.hex(), fingerprint=sm3_hex(public), registered_by=actor.key[:150], registered_at=now
    )
    FileOrder.objects.filter(application=application, state=OrderState.HELD).update(state=OrderState.ENABLED, next_at=now)
    audit.record(actor, "sharing.receiver_key_registered", key, detail={"fingerprint": key.fingerprint})
    return key


@transaction.atomic
def declare_order(application: Application, resource: Resource, draft: OrderDraft, *, actor: Actor) -> FileOrder:
    """Packages of the resource for the application, the first one soon. Raises NotAllowed, WrongOrder, what `open_plan` does."""
    policy.require(actor, "sharing.exchange", application)
    plan = open_plan(application_actor(application), resource, door=Door.FILE).stating(draft.purpose)
    if not 1 <= draft.days <= MOST_DAYS:
        raise WrongOrder(f"保留天数应为 1 到 {MOST_DAYS}。")
    if draft.form is FileForm.PARQUET and plan.shows_sealed_whole:
        raise WrongOrder(f"授权要明文显示「{resource.title}」中加密保存的信息项,这样的数据不落成 Parquet 文件;请改用 CSV。")
    if not ReceiverKey.objects.filter(application=application, ended_at=None).exists():
        raise WrongOrder(f"应用“{application.name}”还没有登记接收公钥;请先登记,数据包用它加密。")
    order = FileOrder(
        application=application, resource=resource, form=draft.form, purpose=draft.purpose, is_automatic=draft.is_automatic,
        days=draft.days, created_at=clock.now(), next_at=clock.now(),
    )
    try:
        with transaction.atomic():
            order.save()
    except IntegrityError as error:
        raise WrongOrder("这个应用对这项资源已有文件交换;请在那一项上操作。") from error
    audit.record(actor, "sharing.file_ordered", order, detail={"resource": resource.code, "form": order.form})
    return order


@transaction.atomic
def switch_order(order: FileOrder, *, is_paused: bool, actor: Actor, reason: str = "") -> FileOrder:
    """The order, paused or enabled (a held one too, after somebody has seen to it). Raises NotAllowed."""
    policy.require(actor, "sharing.exchange", order.application)
    held = FileOrder.objects.select_for_update().get(pk=order.pk)
    before = state_of(held)
    held.state = OrderState.PAUSED if is_paused else OrderState.ENABLED
    held.next_at = None if is_paused else clock.now()
    held.save(update_fields=["state", "next_at"])
    audit.record(actor, "sharing.file_order_paused" if is_paused else "sharing.file_order_resumed", held, basis=reason, before=before)
    return held


@transaction.atomic
def ask_package(order: FileOrder, *, actor: Actor) -> Job:
    """The package of the newest version, made by the worker. Raises NotAllowed, WrongOrder."""
    policy.require(actor, "sharing.exchange", order.application)
    if order.state == OrderState.PAUSED:
        raise WrongOrder("这项文件交换已暂停;请先启用。")
    audit.record(actor, "sharing.package_asked", order)
    return _enqueue(order, actor)


def note_landed(resource_id: int) -> None:
    """A new version of the resource is there: orders that take every version are due."""
    FileOrder.objects.filter(resource_id=resource_id, state=OrderState.ENABLED, is_automatic=True).update(next_at=clock.now())


def enqueue_due() -> int:
    """How many orders were due and are being seen to, each once."""
    started = 0
    for order in FileOrder.objects.filter(next_at__lte=clock.now(), state=OrderState.ENABLED):
        if FileOrder.objects.filter(pk=order.pk, next_at=order.next_at).update(next_at=None):
            _enqueue(order, SYSTEM)
            started += 1
    return started


def _enqueue(order: FileOrder, actor: Actor) -> Job:
    return enqueue(JOB, actor=actor, title=f"文件交换:{order}"[:300], arguments={"order": order.pk})
