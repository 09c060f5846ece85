"""The demand list (需求清单): a department files what it needs, the bureau matches it, the owner answers, the asker closes.

Path   filed → matched (an entry exists) | assigned (to whose duty it is) | declined, by the bureau
       assigned → answered (an entry) | promised (an entry by a day) | declined (with a basis), by the owner
       answered in any way → closed, or contested once, which begins again
Steps  each waiting is a step of `catalog-demand` or `catalog-demand-answer`; deciding the demand decides the step
Told   the asker, at every answer, and whenever the entry that answers comes into force or changes (`entry_in_force`)
Source 国务院令第809号 art. 19, 20; time limits are those of the procedures in force
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from suixin.data.catalog import publication
from suixin.data.catalog.errors import InvalidEntry, WrongState
from suixin.data.catalog.models import (
    ANSWERED_DEMANDS,
    Demand,
    DemandItem,
    DemandMove,
    DemandState,
    DemandWay,
    Item,
    MoveKind,
    Resource,
    ResourceState,
    UpdateCycle,
)
from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, moving, starting
from suixin.ground.flow.models import LIVE, Instance
from suixin.ground.flow.subjects import Subject
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

KIND = "catalog.demand"
MATCHING, ANSWERING = "catalog-demand", "catalog-demand-answer"
NOTICE = Kind("catalog.demand", "数据需求有进展")
MAX_ITEMS = 200
_TOLD_ROLES = ("clerk", "head_of_sharing")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a department asks for; `items`: name and, where an entry already promises it, code of that entry ("")."""

    title: str
    purpose: str
    basis: str
    items: Sequence[tuple[str, str]]
    cycle: str = UpdateCycle.OTHER
    way: str = DemandWay.ANY
    owner: Organisation | None = None


@transaction.atomic
def file_demand(wanted: Wanted, organisation: Organisation, *, actor: Actor) -> Demand:
    """The demand of that organisation, waiting for the bureau. Raises NotAllowed, InvalidEntry."""
    policy.require(actor, "catalog.demand", organisation)
    _refuse_faulty(wanted)
    demand = Demand.objects.create(
        organisation=organisation, title=wanted.title.strip(), purpose=wanted.purpose.strip(), basis=wanted.basis.strip(),
        cycle=wanted.cycle, way=wanted.way, owner=wanted.owner, filed_by=actor.name[:120], filed_at=clock.now(),
    )
    for position, (name, code) in enumerate(wanted.items, 1):
        DemandItem.objects.create(demand=demand, position=position, name=name.strip(), item=_known_item(name.strip(), code))
    _begin(demand, MATCHING, f"匹配数据需求：{demand.title}", actor)
    _note(demand, MoveKind.FILED, actor, wanted.purpose)
    audit.record(actor, "catalog.demand_filed", demand)
    return demand


@transaction.atomic
def match_demand(
    demand: Demand, *, actor: Actor, reason: str, resource: Resource | None = None, owner: Organisation | None = None
) -> Demand:
    """The demand answered by an entry in force, or assigned to `owner`. Raises NotAllowed, InvalidEntry, WrongState."""
    locked = _locked(demand, actor, "catalog.match_demand", demand)
    _require_state(locked, DemandState.FILED, "匹配")
    if (resource is None) == (owner is None):
        raise InvalidEntry("请选择一条已有目录，或选择由哪个单位答复，二者选一。")
    if resource is not None:
        _refuse_unpublished(resource)
        locked.resource, locked.owner = resource, resource.provider
        _answered(locked, DemandState.MATCHED, MoveKind.MATCHED, actor, reason or f"已有目录“{resource.title}”")
    elif owner is not None:
        _refuse_gone(owner)
        locked.owner, locked.state = owner, DemandState.ASSIGNED
        locked.save(update_fields=["owner", "state", "updated_at"])
        _note(locked, MoveKind.ASSIGNED, actor, f"由{owner.name}答复。{reason}")
    _decide(locked, actor, reason)
    if owner is not None:
        _begin(locked, ANSWERING, f"答复数据需求：{locked.title}", actor)
    audit.record(actor, "catalog.demand_matched", locked, basis=reason)
    return locked


@transaction.atomic
def answer_demand(
    demand: Demand, *, actor: Actor, text: str, resource: Resource | None = None, promised_on: date | None = None
) -> Demand:
    """The demand answered by its owner: with an entry, with a promise to publish one (`resource`: its draft, if any), or declined.

    An entry in force answers at once; without entry and day the answer declines, and `text` is its basis.
    Raises NotAllowed, InvalidEntry, WrongState.
    """
    locked = _locked(demand, actor, "catalog.answer_demand", demand.owner)
    _require_state(locked, DemandState.ASSIGNED, "答复")
    if resource is not None and (resource.provider_id != locked.owner_id or resource.state == ResourceState.WITHDRAWN):
        raise InvalidEntry(f"“{resource.title}”不是责任单位的目录，或已撤销；请选择本单位的目录。")
    in_force = resource is not None and resource.state == ResourceState.PUBLISHED
    locked.resource = resource
    if resource is not None and in_force:
        _answered(locked, DemandState.ANSWERED, MoveKind.ANSWERED, actor, text or f"见目录“{resource.title}”")
    elif promised_on is not None:
        if promised_on <= clock.today():
            raise InvalidEntry("承诺编目的日期应在今天之后；请改正日期。")
        _answered(locked, DemandState.PROMISED, MoveKind.PROMISED, actor, text or f"{promised_on} 前编目", due_on=promised_on)
    elif resource is not None:
        raise InvalidEntry(f"目录“{resource.title}”还没有发布；请同时写明承诺发布的日期。")
    else:
        _decline(locked, actor, text)
    _decide(locked, actor, text)
    audit.record(actor, "catalog.demand_answered", locked, basis=text, detail={"state": locked.state})
    return locked


@transaction.atomic
def refuse_demand(demand: Demand, *, actor: Actor, basis: str) -> Demand:
    """The demand declined by the bureau, with its basis. Raises NotAllowed, InvalidEntry, WrongState."""
    locked = _locked(demand, actor, "catalog.match_demand", demand)
    _require_state(locked, DemandState.FILED, "匹配")
    _decline(locked, actor, basis)
    _decide(locked, actor, basis)
    audit.record(actor, "catalog.demand_matched", locked, basis=basis, detail={"state": locked.state})
    return locked


@transaction.atomic
def contest_demand(demand: Demand, *, actor: Actor, reason: str) -> Demand:
    """The answered demand before the bureau again; once. Raises NotAllowed, InvalidEntry, WrongState."""
    locked = _locked(demand, actor, "catalog.demand", demand)
    if locked.state not in ANSWERED_DEMANDS:
        raise WrongState(f"需求“{locked.title}”{locked.get_state_display()}，还没有答复或已经关闭，不能提异议。")
    if locked.is_contested:
        raise WrongState(f"需求“{locked.title}”已提过一次异议；仍不同意的，请按数据共享争议办理。")
    if not reason.strip():
        raise InvalidEntry("请写明异议的理由：答复哪里不符合需要，希望怎样处理。")
    locked.state, locked.is_contested, locked.resource, locked.answer = DemandState.FILED, True, None, ""
    locked.save(update_fields=["state", "is_contested", "resource", "answer", "updated_at"])
    _begin(locked, MATCHING, f"处理需求异议：{locked.title}", actor)
    _note(locked, MoveKind.CONTESTED, actor, reason)
    audit.record(actor, "catalog.demand_contested", locked, basis=reason)
    return locked


@transaction.atomic
def close_demand(demand: Demand, *, actor: Actor, reason: str = "") -> Demand:
    """The demand closed by the asker, whether answered or needed no more. Raises NotAllowed, WrongState."""
    locked = _locked(demand, actor, "catalog.demand", demand)
    if locked.state == DemandState.CLOSED:
        raise WrongState(f"需求“{locked.title}”已经关闭。")
    if instance := running(locked):
        moving.stop(instance, actor=SYSTEM, reason=f"{actor.name}关闭需求：{reason}"[:500])
    locked.state, locked.due_on = DemandState.CLOSED, None
    locked.save(update_fields=["state", "due_on", "updated_at"])
    _note(locked, MoveKind.CLOSED, actor, reason)
    audit.record(actor, "catalog.demand_closed", locked, basis=reason)
    return locked


def entry_in_force(resource: Resource, *, actor: Actor, is_new: bool) -> int:
    """How many demands the entry, just published or changed, concerns: promises are kept by it, askers are told of it.

    Part of the action's transaction. An entry without a link keeps a promise of its provider when it has every wanted item.
    """
    names = set(resource.items.values_list("name", flat=True))
    held = Demand.objects.select_for_update(of=("self",)).order_by("pk")  # what its people close or contest meanwhile stands
    found = list(held.filter(resource=resource, state__in=ANSWERED_DEMANDS).exclude(state=DemandState.DECLINED))
    promised = held.filter(owner=resource.provider_id, state=DemandState.PROMISED, resource=None).prefetch_related("items")
    found += [one for one in promised if {item.name for item in one.items.all()} <= names]
    for demand in found:
        demand.resource = resource
        if demand.state == DemandState.PROMISED:
            _answered(demand, DemandState.ANSWERED, MoveKind.PUBLISHED, actor, f"目录“{resource.title}”已发布")
        else:
            _note(demand, MoveKind.PUBLISHED if is_new else MoveKind.CHANGED, actor, f"目录“{resource.title}”第{resource.version}版")
            _tell(demand, f"响应需求的目录有变化：{resource.title}")
    return len(found)


def require_matched(key: str) -> None:
    """Nothing, once the bureau has matched the demand on its page. Raises WrongState."""
    _require_moved(key, DemandState.FILED, "匹配已有目录或确定责任单位")


def require_answered(key: str) -> None:
    """Nothing, once the owner has answered the demand on its page. Raises WrongState."""
    _require_moved(key, DemandState.ASSIGNED, "答复")


def settle_stopped(key: str, *, actor: Actor, reason: str) -> None:
    """A demand whose procedure ended otherwise than by a decision on it is declined for that reason."""
    with transaction.atomic():
        demand = Demand.objects.select_for_update().get(uuid=key)
        policy.require(actor, "catalog.match_demand", demand)
        if demand.state in (DemandState.FILED, DemandState.ASSIGNED) and running(demand) is None:
            _decline(demand, actor, reason)
            audit.record(actor, "catalog.demand_answered", demand, basis=reason, detail={"state": demand.state})


def running(demand: Demand) -> Instance | None:
    """The procedure in which the demand waits; None when it waits for nobody."""
    return Instance.objects.filter(subject_kind=KIND, subject_key=str(demand.uuid), status__in=LIVE).order_by("-pk").first()


def _refuse_faulty(wanted: Wanted) -> None:
    told = (("需求名称", wanted.title), ("使用场景", wanted.purpose), ("法律依据", wanted.basis))
    missing = [word for word, text in told if not text.strip()]
    if missing:
        raise InvalidEntry(f"请填写{'、'.join(missing)}；没有法律依据的数据需求不能提出。", missing=missing)
    names = [name.strip() for name, _ in wanted.items]
    if not names or len(names) > MAX_ITEMS or not all(names):
        raise InvalidEntry(f"请列出需要的信息项，1 到 {MAX_ITEMS} 项，每项写明名称。")
    doubled = next((name for name in names if names.count(name) > 1), "")
    if doubled:
        raise InvalidEntry(f"信息项“{doubled[:60]}”写了两次；请删去一个。")
    if wanted.owner is not None:
        _refuse_gone(wanted.owner)


def _refuse_gone(owner: Organisation) -> None:
    if not owner.is_in_force(clock.today()):
        raise InvalidEntry(f"“{owner.name}”已撤并，不能答复需求；请选择承接它职责的单位。")


def _refuse_unpublished(resource: Resource) -> None:
    if resource.state != ResourceState.PUBLISHED:
        raise InvalidEntry(f"目录“{resource.title}”{resource.get_state_display()}，不能作为已有目录；请选择已发布的目录。")


def _known_item(name: str, code: str) -> Item | None:
    return Item.objects.filter(resource__code=code, name=name).first() if code else None


def _require_state(demand: Demand, state: DemandState, what: str) -> None:
    if demand.state != state:
        raise WrongState(f"需求“{demand.title}”现在是“{demand.get_state_display()}”，不能{what}；请刷新页面。")


def _require_moved(key: str, state: DemandState, what: str) -> None:
    demand = Demand.objects.get(uuid=key)
    if demand.state == state:
        raise WrongState(f"请打开需求“{demand.title}”的页面{what}，这一步会随之办结。")


def _locked(demand: Demand, actor: Actor, verb: str, obj: object) -> Demand:
    policy.require(actor, verb, obj)
    return Demand.objects.select_for_update(of=("self",)).select_related("organisation", "owner").get(pk=demand.pk)


def _decline(demand: Demand, actor: Actor, basis: str) -> None:
    if not basis.strip():
        raise InvalidEntry("不予响应须写明依据，例如法律法规的名称和条款，或不属于本单位职责的说明。")
    demand.resource = None
    _answered(demand, DemandState.DECLINED, MoveKind.DECLINED, actor, basis)


def _answered(
    demand: Demand, state: DemandState, kind: MoveKind, actor: Actor, text: str, *, due_on: date | None = None
) -> None:
    demand.state, demand.answer, demand.due_on = state, text.strip()[:500], due_on
    demand.save(update_fields=["state", "answer", "due_on", "resource", "owner", "updated_at"])
    _note(demand, kind, actor, text)
    _tell(demand, f"数据需求{demand.get_state_display()}：{demand.title}")


def _begin(demand: Demand, slug: str, title: str, actor: Actor) -> None:
    publication.require_procedure(slug)
    parties = {"bureau": bureau_of(demand.organisation) or demand.organisation}
    if slug == ANSWERING and demand.owner is not None:
        parties = {"owner": demand.owner}
    instance = starting.start(slug, Subject(KIND, str(demand.uuid)), actor=actor, title=title[:300], parties=parties)
    step = publication.waiting_step(instance)
    demand.due_on = step.due_at.astimezone(clock.CHINA).date() if step is not None and step.due_at else None
    demand.save(update_fields=["due_on"])


def _decide(demand: Demand, actor: Actor, reason: str) -> None:
    """The step that waits is decided by the same person in the same transaction."""
    instance = running(demand)
    step = publication.waiting_step(instance) if instance else None
    if step is None:
        raise WrongState(f"需求“{demand.title}”的流程已停下；请由需求单位关闭后重新提出。")
    advancing.decide(step, "approve", actor=actor, reason=reason)


def _note(demand: Demand, kind: MoveKind, actor: Actor, text: str) -> None:
    DemandMove.objects.create(demand=demand, kind=kind, by=actor.name[:200], text=text.strip()[:600], at=clock.now())


def _tell(demand: Demand, title: str) -> None:
    number = demand.moves.count()
    notify.send(
        [Recipient.post(demand.organisation, role) for role in _TOLD_ROLES], kind=NOTICE.name, title=title, body=demand.answer,
        href=f"/console/catalogue/demands/{demand.uuid}/", key=f"{demand.uuid}:{number}",
    )
