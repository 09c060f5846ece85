"""Doubts of users (校核申请): a row of shared or open data is said to be wrong; its provider corrects it or says why it is right.

Who      whoever can read that item through a plan: a department with a grant, to itself or to one of its programs, a resident or firm
         for open data; a resident whom a department showed the item of its own row, in a form that was filled in with it (`Seen`)
Same     all who doubt one item of one row share one work order; each is answered
Kept     key, value and what should be are sealed; orders, messages and audit name the resource and the item only
Measured the row's value is read again: an order ends well only when it differs from what it was, or the row is gone
Source   政务数据共享条例 (国务院令第809号) art. 26: checked, corrected and answered within ten working days
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from django.db import transaction

from suixin.data.access import log, traces, versions
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, open_plan
from suixin.data.access.query import parse_query
from suixin.data.access.rejected import HIDDEN
from suixin.data.access.rows import fetch_page
from suixin.data.catalog.contract import ItemSpec
from suixin.data.catalog.models import Resource
from suixin.data.quality.errors import DoubtRefused
from suixin.data.quality.loop.asking import asker_plan
from suixin.data.quality.models import Doubt, DoubtState
from suixin.ground.audit import actions as audit
from suixin.ground.files import actions as files
from suixin.ground.flow.models import Instance, InstanceStatus
from suixin.ground.flow.orders import actions as orders
from suixin.ground.flow.orders import rules
from suixin.ground.flow.orders.actions import Measure
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.subjects import Measured, Subject
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Account, Organisation
from suixin.ground.security import policy
from suixin.ground.security.masks import MASKS
from suixin.ground.security.subjects import subject_index
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import SuixinError

KIND = "data-doubt"
SUBJECT = MEASURE = "quality.doubt"
NOTICE = Kind("quality.doubt", "数据校核有答复")
LONGEST = 500
MOST_OPEN = 50  # of one asker


@dataclass(frozen=True, slots=True)
class Wrong:
    """What the asker says: which row (item → value as shown), which item, what it should be, and why."""

    row: Mapping[str, str]
    field: str
    expected: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the asker was shown by another's plan, whose reading is on record: which row (field → value), and the item's value."""

    row: Mapping[str, str]
    shown: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a doubt says, for who may see it."""

    row: Sequence[tuple[str, str]]
    item: str
    shown: str
    expected: str
    evidence: str


@transaction.atomic
def raise_doubt(
    resource: Resource, wrong: Wrong, *, actor: Actor, seen: Seen | None = None, proof: Sequence[str] = (),
) -> Doubt:
    """The doubt, with the order of its row and item. Raises NotAllowed, DoubtRefused, and what opening a plan raises.

    `seen`: what somebody who may read the row showed the asker of it. `proof`: attachments that the asker handed in.
    """
    policy.require(actor, "quality.doubt", None)
    if seen is None:
        item, named, shown = _looked_up(resource, wrong, actor)
    else:
        item, named, shown = _item(resource, wrong.field), dict(seen.row), seen.shown
    _refuse_faulty(wrong, shown)
    digest = subject_index(orjson.dumps([resource.table, sorted(named.items())]).decode())
    _refuse_again(actor, digest, item.field)
    order = _order(resource, item, digest, actor)
    stood = _value(open_plan(SYSTEM, resource, door=Door.COMPUTE), resource, named, item.field) or shown
    doubt = Doubt.objects.create(
        resource=resource, field=item.field, digest=digest, asker_kind=actor.kind.value, asker_key=actor.key[:150],
        asker_name=actor.name[:120], organisation=Organisation.objects.filter(uscc=actor.organisation or "-").first(),
        order_number=order.number, proof=list(proof), asked_at=clock.now(), sealed=orjson.dumps({
            "row": named, "shown": shown, "stood": stood, "expected": wrong.expected.strip(), "evidence": wrong.evidence.strip(),
        }).decode(),
    )
    files.claim(proof, owner_kind=SUBJECT, owner_key=str(doubt.uuid), actor=actor)
    audit.record(actor, "quality.doubt_raised", resource, detail={"item": item.field, "order": order.number})
    return doubt


def may_read_proof(actor: Actor, uuid: str) -> bool:
    """Whether the actor reads what was handed in with a doubt: who asked, and who corrects the resource."""
    doubt = Doubt.objects.select_related("resource__provider").filter(uuid=uuid).first()
    if doubt is None:
        return False
    is_asker = (doubt.asker_kind, doubt.asker_key) == (actor.kind.value, actor.key)
    return is_asker or policy.may(actor, "quality.read_rejects", doubt.resource)


def _looked_up(resource: Resource, wrong: Wrong, actor: Actor) -> tuple[ItemSpec, dict[str, str], str]:
    """The item, by what the row is known, and what the asker's plan shows; the reading is logged, one that found nothing too."""
    plan = asker_plan(resource, actor=actor)
    item, named = plan.column(wrong.field).item, identity(wrong.row, plan)
    shown = _value(plan, resource, named, item.field)
    asked = [(plan.column(field).item, value) for field, value in named.items()] if actor.kind is ActorKind.STAFF else []
    log.note_reading(
        actor, resource.code, action="doubt", rows=int(shown is not None), plan=plan.narrowed([*named, item.field]),
        request=f"item={item.field}", subjects=traces.subjects_of(asked),
    )
    if shown is None:
        raise DoubtRefused("按所填的值没有找到这一行，或不止一行；请照数据里显示的值填写，能认出唯一的一行。")
    return item, named, shown


def _item(resource: Resource, field: str) -> ItemSpec:
    found = resource.contract.item(field)
    if found is None:
        raise DoubtRefused(f"《{resource.title}》已经没有这个信息项；请在数据页面重新申请校核。")
    return found


def identity(row: Mapping[str, str], plan: Plan) -> dict[str, str]:
    """By which values the row is known: of items that the plan shows whole. Raises DoubtRefused."""
    named: dict[str, str] = {}
    for name, value in row.items():
        if not value.strip():
            continue
        column = plan.column(name)
        if column.mask:
            raise DoubtRefused(f"“{column.name}”对您是脱敏的，不能用来认出一行；请改用别的信息项。")
        named[column.field] = value.strip()[:LONGEST]
    if not named:
        raise DoubtRefused("没有说明是哪一行；请填写主键，或能认出这一行的几个信息项的值。")
    return named


def told_by(doubt: Doubt) -> Told:
    """What the doubt says, to who raised it."""
    return _told(doubt, is_whole=True)


def told_to(doubt: Doubt, *, actor: Actor) -> Told:
    """What the doubt says, masked as its items are for who may not read the resource whole."""
    return _told(doubt, is_whole=policy.may(actor, "access.read_whole", doubt.resource))


def _told(doubt: Doubt, *, is_whole: bool) -> Told:
    held, contract = orjson.loads(doubt.sealed), doubt.resource.contract

    def name(field: str) -> str:
        found = contract.item(field)
        return found.name if found is not None else field

    def masked(field: str, value: str, *, is_free: bool = False) -> str:
        found = contract.item(field)
        if is_whole or (found is not None and not found.mask):
            return value
        return HIDDEN if found is None or is_free else MASKS[found.mask].apply(value) or ""

    row = [(name(field), masked(field, value)) for field, value in held["row"].items()]
    expected = masked(doubt.field, held["expected"], is_free=True)
    is_open = is_whole or not any(item.mask for item in contract.items)  # what is told freely may quote any item
    evidence = masked(doubt.field, held["evidence"], is_free=True) if is_open else HIDDEN
    return Told(row, name(doubt.field), masked(doubt.field, held["shown"]), expected, evidence)


def of_order(order: WorkOrder, *, actor: Actor) -> Sequence[Doubt]:
    """The doubts that an order is about, for who may see the resource's faulty rows; empty for others. The reading is logged."""
    found = list(Doubt.objects.filter(order_number=order.number).select_related("resource__provider", "organisation"))
    if not found or not policy.may(actor, "quality.read_rejects", found[0].resource):
        return []
    log.note_reading(actor, found[0].resource.code, action="doubts", rows=len(found), request=f"order={order.number}")
    return found


def of_asker(actor: Actor) -> Sequence[Doubt]:
    """The actor's own doubts, the newest first."""
    return list(Doubt.objects.filter(asker_kind=actor.kind.value, asker_key=actor.key).select_related("resource")[:200])


def measure(_: Subject, arguments: Mapping[str, object]) -> Measured:
    """Whether the row's item differs by now from what every open doubt of it complained of."""
    waiting = Doubt.objects.filter(digest=str(arguments["digest"]), field=str(arguments["field"]), state=DoubtState.OPEN)
    unchanged, version = 0, 0
    for doubt in waiting.select_related("resource"):
        held, version = orjson.loads(doubt.sealed), versions.newest_version(doubt.resource.table)
        plan = open_plan(SYSTEM, doubt.resource, door=Door.COMPUTE)
        now = _value(plan, doubt.resource, held["row"], doubt.field)
        unchanged += now is not None and now == held["stood"]
    figures: dict[str, object] = {"version": version, "unchanged": unchanged}
    if unchanged:
        told = f"第 {version} 版里这一项没有变化；请更正后再点“已更正”。核实无误的，请选“核实无误”并写明依据。"
        return Measured(False, told, figures)
    return Measured(True, f"第 {version} 版里这一项已更正。", figures)


def answer(instance: Instance) -> int:
    """How many askers were answered when an order of doubts ended; heard after the fact, harmless when repeated."""
    with transaction.atomic():
        waiting = Doubt.objects.select_for_update().filter(order_number=instance.subject_key, state=DoubtState.OPEN)
        state, text = _ended(instance)
        answered = 0
        for doubt in waiting:
            doubt.state, doubt.answer, doubt.answered_at = state, text[:1000], clock.now()
            doubt.save(update_fields=["state", "answer", "answered_at"])
            _tell(doubt)
            audit.record(SYSTEM, "quality.doubt_answered", doubt, detail={"state": state, "order": doubt.order_number})
            answered += 1
    return answered


def _ended(instance: Instance) -> tuple[str, str]:
    order = WorkOrder.objects.filter(number=instance.subject_key).first()
    if instance.status == InstanceStatus.DONE:
        return DoubtState.CORRECTED, f"提供单位已更正。{order.after.get('sentence', '') if order else ''}"
    last = instance.transitions.filter(action="reject").order_by("-pk").first()
    return DoubtState.REFUTED, (last.reason if last else instance.outcome) or instance.get_status_display()


def _order(resource: Resource, item: ItemSpec, digest: str, actor: Actor) -> WorkOrder:
    who = {ActorKind.STAFF: "使用数据的单位", ActorKind.RESIDENT: "公众"}.get(actor.kind, "使用者")
    return orders.open_order(
        KIND, subject=Subject(SUBJECT, f"{resource.table}/{digest[:32]}"), title=f"{resource.title}：“{item.name}”申请校核",
        detail=f"{who}认为《{resource.title}》中一行的“{item.name}”有误；是哪一行、应为何值，见工单页“申请校核的内容”。",
        organisation=resource.provider, fingerprint=rules.fingerprint_of((KIND, resource.table, digest, item.field)),
        measure=Measure(MEASURE, {"digest": digest, "field": item.field}, Measured(False, f"{who}认为有误。", {})), actor=SYSTEM,
    )


def _value(plan: Plan, resource: Resource, row: Mapping[str, str], field: str) -> str | None:
    """The item of the one row that these values name, as text ("" for none); None when it is not exactly one."""
    wanted = [("columns", field), ("page_size", "2"), *((f"{name}__exact", value) for name, value in row.items())]
    try:
        found = fetch_page(plan, parse_query(wanted, plan), versions.pinned(resource.table)).rows
    except SuixinError as error:
        if error.http_status >= 500:
            raise
        return None
    value = found[0].get(field) if len(found) == 1 else None
    return None if len(found) != 1 else "" if value is None else str(value)


def _refuse_faulty(wrong: Wrong, shown: str) -> None:
    for text, name in ((wrong.expected, "应为"), (wrong.evidence, "依据")):
        if not text.strip():
            raise DoubtRefused(f"请填写“{name}”。")
        if len(text) > LONGEST:
            raise DoubtRefused(f"“{name}”最多 {LONGEST} 个字。")
    if wrong.expected.strip() == shown:
        raise DoubtRefused(f"数据里显示的就是“{shown[:60]}”；请核对后再提。")


def _refuse_again(actor: Actor, digest: str, field: str) -> None:
    ours = Doubt.objects.filter(asker_kind=actor.kind.value, asker_key=actor.key, state=DoubtState.OPEN)
    known = ours.filter(digest=digest, field=field).first()
    if known is not None:
        told = f"这一行的这一项您已申请校核（{known.order_number}），正在办理，不用重复提交。"
        raise DoubtRefused(told, order=known.order_number)
    if ours.count() >= MOST_OPEN:
        raise DoubtRefused(f"您有 {MOST_OPEN} 件校核还没有答复；请等有了答复再提。")


def _tell(doubt: Doubt) -> None:
    account = Account.objects.filter(username=doubt.asker_key).first() if doubt.asker_kind == ActorKind.STAFF.value else None
    if account is None:
        return  # residents and firms find the answer on their own page
    notify.send(
        [Recipient.account(account)], kind=NOTICE.name, title=f"校核有答复：{doubt.resource.title}（{doubt.get_state_display()}）",
        body=doubt.answer, href="/console/doubts/", key=f"doubt:{doubt.uuid}",
    )
