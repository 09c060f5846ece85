"""A request on its way: handed on, agreed to by the asker's head of sharing, answered by the provider, provided.

Path     prepared → consented (asker's head of sharing) → received → reviewed and decided (conditional, 10 working days) or
         answered (unconditional, 1) → granted (effect: the grant, by who decided) → provided (20) → ready
Parts    each goes to the provider of its entry by a procedure of its own; what is refused refuses no other
Machine  an unconditional entry whose provider set it automatic, all checks green, is granted without a person of the provider; of a
         dataset every table must be so, when it is asked for and when it is granted
Locks    the procedure, then the part, as the last decision takes them
Source   国务院令第809号 art. 20 to 22; standards/data.md 2.2, 2.3
"""

from datetime import datetime

from django.db import transaction

from suixin.data.access import versions
from suixin.data.access.models import Door
from suixin.data.catalog import publication
from suixin.data.catalog.models import Resource
from suixin.data.sharing import drafting, ending, queries, rules, telling
from suixin.data.sharing.actions import ShareTerms, grant_request
from suixin.data.sharing.errors import IncompleteRequest, WrongStanding
from suixin.data.sharing.models import (
    AmendKind,
    EndKind,
    Part,
    PartState,
    Request,
    RequestState,
    Share,
    ShareState,
)
from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, moving, starting
from suixin.ground.flow.models import Instance, InstanceStatus
from suixin.ground.flow.subjects import Deciding, Effect, Subject
from suixin.ground.people.models import Organisation, Post
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

KIND, SLUG = "sharing.part", "share-request"
TYPE, AUTOMATIC, TO_PROVIDE, DIRECT = "共享类型", "自动答复", "须供数", "直送提供方"
OPEN = "无条件共享"
PROVIDED = "provided"
SELF_SERVED = frozenset((Door.PAGE, Door.ROWS, Door.GATEWAY, Door.VERIFY, Door.AGGREGATE, Door.DOWNLOAD, Door.SHARE, Door.FILE))
HEAD = "head_of_sharing"


@transaction.atomic
def submit_request(request: Request, *, actor: Actor) -> Request:
    """The basket handed on: each part before the head of sharing of the asker. Raises NotAllowed, IncompleteRequest, WrongStanding."""
    policy.require(actor, "sharing.request", request.organisation)
    held = Request.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=request.pk)
    if held.state != RequestState.DRAFT:
        raise WrongStanding(f"申请“{held.title}”已经提交；请在申请页看进展。")
    if actor.organisation != held.organisation.uscc:
        raise WrongStanding(f"申请须由{held.organisation}的人提交；请换用该部门的账号。")
    parts = list(held.parts.select_related("resource__provider").order_by("pk"))
    if not parts:
        raise IncompleteRequest("申请里还没有数据资源；请先从目录里选择。")
    _require_complete(parts)
    _require_heads([held.organisation, *(one.resource.provider for one in parts)])
    _file(held)
    held.kept_by, held.kept_key = actor.name[:120], actor.key[:150]
    held.save(update_fields=["state", "filed_at", "number", "kept_by", "kept_key"])
    for part in parts:
        part.request = held
        instance = begin(part, actor=actor)
        step = publication.waiting_step(instance)
        if step is not None:
            advancing.decide(step, "approve", actor=actor)
    audit.record(actor, "sharing.request_filed", held, detail={"parts": len(parts)})
    return held


@transaction.atomic
def file_for(request: Request, *, actor: Actor) -> Request:
    """A peer platform's basket as filed: its head of sharing consented there. Raises NotAllowed, WrongStanding."""
    policy.require(actor, "sharing.cascade", None)
    held = Request.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if held.state != RequestState.DRAFT:
        raise WrongStanding(f"申请“{held.title}”已经提交；请在申请页看进展。")
    _file(held)
    held.save(update_fields=["state", "filed_at", "number"])
    audit.record(actor, "sharing.request_filed", held, detail={"parts": held.parts.count()})
    return held


def _file(held: Request) -> None:
    held.state, held.filed_at, held.number = RequestState.FILED, clock.now(), f"GX{clock.today():%Y%m%d}-{held.pk:05d}"


@transaction.atomic
def submit_part(part: Part, *, actor: Actor) -> Instance:
    """The part, sent back or to be supplemented, handed on again. Raises NotAllowed, IncompleteRequest, WrongStanding."""
    policy.require(actor, "sharing.request", part.request.organisation)
    step = publication.waiting_step(part.instance) if part.instance else None
    if step is None or not drafting.may_state(part, actor):
        raise WrongStanding("这份申请现在不等您提交；请刷新页面看进展。")
    _require_complete([part])
    return advancing.decide(step, "approve", actor=actor)


@transaction.atomic
def withdraw_part(part: Part, *, actor: Actor, reason: str) -> Part:
    """The part taken back by who asked, before it is answered. Raises NotAllowed, WrongStanding, MissingReason."""
    held = _part(str(part.uuid))
    policy.require(actor, "sharing.request", held.request.organisation)
    if held.state != PartState.ASKED or held.instance is None or Share.objects.filter(part=held).exists():
        raise WrongStanding(f"“{held.title}”的申请{held.get_state_display()}，不能撤回。")
    moving.withdraw(held.instance, actor=actor, reason=reason)
    return settle(held, actor=actor)


def begin(part: Part, *, actor: Actor, is_direct: bool = False) -> Instance:
    """The part's procedure, begun; `is_direct`: at the provider, as after a dispute. Part of the caller's transaction."""
    resource = part.resource
    asker = part.request.organisation
    publication.require_procedure(SLUG)
    automatic = queries.is_automatic(part)
    kind = OPEN if queries.is_unconditional(part) else "有条件共享"
    data = {TYPE: kind, AUTOMATIC: automatic, TO_PROVIDE: not is_served(part), DIRECT: is_direct}
    parties = {"asker": asker, "provider": resource.provider, "bureau": common_bureau(asker, resource.provider)}
    part.state, part.is_automatic = PartState.ASKED, automatic
    part.answer = part.answered_by = ""
    part.answered_at = None
    instance = starting.start(
        SLUG, Subject(KIND, str(part.uuid)), actor=actor, title=f"共享申请：{part.title}（{asker}）", data=data, parties=parties,
    )
    part.instance = instance
    part.save(update_fields=["state", "is_automatic", "answer", "answered_by", "answered_at", "instance"])
    return instance


def is_served(part: Part) -> bool:
    """Whether the data can be read at once: rows are kept, and every door is one that opens with the grant."""
    return set(part.doors) <= SELF_SERVED and has_rows(part)


def has_rows(part: Part) -> bool:
    """Whether rows are kept of what it asks for: of the entry, or of any table of the dataset."""
    return any(versions.row_count(one.table) > 0 for one in queries.tables_of(part))


def common_bureau(one: Organisation, other: Organisation) -> Organisation:
    """The bureau over both: of the same government, else of the next one above both (art. 28). Raises WrongStanding."""
    bureaus = Organisation.objects.in_force(clock.today()).filter(is_bureau=True).select_related("parent")
    over = [b for b in bureaus if b.parent is not None and b.parent.uscc in one.path and b.parent.uscc in other.path]
    found = max(over, key=lambda b: (len(b.path), -b.pk), default=None) or bureau_of(one) or bureau_of(other)
    if found is None:
        raise WrongStanding(f"{one}和{other}上面没有数据主管部门；请系统管理员在机构库里指定。")
    return found


def guard(deciding: Deciding) -> None:
    """Nothing, when the part may take that step. Raises IncompleteRequest, WrongStanding."""
    part = _part(deciding.subject.key)
    if deciding.node in (drafting.PREPARED, "consented", "decided", "answered"):
        _require_complete([part])
    if deciding.node == PROVIDED and not set(part.doors) <= {Door.PROXY} and not has_rows(part):
        raise WrongStanding(f"“{part.title}”还没有数据入库，需求部门取不到；请先归集数据，再点“已供数”。")


def receive(given: Effect) -> None:
    """The part before its provider: the time of the answer begins."""
    part = _part(given.subject.key)
    _require_complete([part])
    part.received_at = clock.now()
    part.save(update_fields=["received_at"])
    telling.tell(
        part.resource.provider, f"收到共享申请：{part.title}", f"{part.request.organisation}：{part.scenario}",
        href=telling.href_of_part(part), key=f"{part.uuid}:received:{given.instance}",
    )


def grant(given: Effect) -> None:
    """The part agreed to: its grant, by who decided last, or by the machine where the provider set it so."""
    part = _part(given.subject.key)
    until = part.valid_until
    if until is None:
        raise IncompleteRequest("申请没有写明使用时限；请退回补全。")
    _require_as_judged(part, given)
    by = SYSTEM if part.is_automatic else given.actor
    resource, contract = part.resource, part.resource.contract
    terms = ShareTerms(
        part.columns, part.scenario, part.basis, until, masks=part.masks, part=part, is_provided=given.data.get(TO_PROVIDE) is False,
        row_filter=rules.narrowed(contract, part.row_filter, part.divisions), doors=part.doors, per_second=part.per_second,
        per_day=part.per_day, dataset=part.dataset, is_receipted=part.is_receipted,
    )
    share = grant_request(resource, terms, organisation=part.request.organisation, application=part.request.application, actor=by)
    _answered(part, PartState.AGREED, "按提供部门的设定自动同意" if part.is_automatic else given.reason, by.name)
    if part.amends is not None:
        ending.end(part.amends, EndKind.REPLACED, actor=by, reason=f"{AmendKind(part.amend_kind).label}申请 {part.request.number}")
    _tell(part, f"共享申请已同意：{part.title}", part.condition or share.purpose, "agreed")


def ready(given: Effect) -> None:
    """The data provided: the asker may read, and is told how."""
    part = _part(given.subject.key)
    share = Share.objects.select_for_update(of=("self",)).get(part=part)
    if share.state == ShareState.PROVIDING:
        share.state, share.provided_at = ShareState.IN_USE, clock.now()
        share.save(update_fields=["state", "provided_at"])
        audit.record(given.actor, "sharing.provided", share)
    telling.tell(
        share.organisation, f"数据已可使用：{share.title}", "怎样调用见共享页；请记录使用情况。",
        href=telling.href_of_share(share),
        key=f"{share.uuid}:ready",
    )


def settle(part: Part, *, actor: Actor = SYSTEM) -> Part:
    """The part as its procedure ended when nothing was granted: refused with the reason, or withdrawn; harmless when repeated."""
    with transaction.atomic():
        held = Part.objects.select_for_update(of=("self",)).select_related("request__organisation", "resource", "instance").get(pk=part.pk)
        instance = held.instance
        if held.state != PartState.ASKED or instance is None or instance.is_live:
            return held
        if instance.status == InstanceStatus.REJECTED:
            last = instance.transitions.filter(action="reject").order_by("-pk").first()
            _answered(held, PartState.REFUSED, last.reason if last else instance.outcome, last.actor_name if last else "")
            _tell(held, f"共享申请未获同意：{held.title}", held.answer, "refused")
        elif instance.status in (InstanceStatus.WITHDRAWN, InstanceStatus.STOPPED):
            _answered(held, PartState.WITHDRAWN, instance.outcome, "")
        audit.record(actor, "sharing.part_settled", held, detail={"state": held.state})
        return held


def close_unanswered(resource: Resource, *, actor: Actor) -> int:
    """How many requests for a withdrawn entry were stopped."""
    found = Part.objects.filter(resource=resource, state=PartState.ASKED).select_related("instance")
    stopped = 0
    for part in found:
        if part.instance is not None and part.instance.is_live:
            moving.stop(part.instance, actor=actor, reason="目录已撤销")
            settle(part)
            stopped += 1
    return stopped


def _require_as_judged(part: Part, given: Effect) -> None:
    """Nothing, while what is asked for may still be granted by the path that was chosen when it was asked. Raises WrongStanding."""
    is_stricter = given.data.get(TYPE) == OPEN and not queries.is_unconditional(part)
    if is_stricter or (part.is_automatic and not queries.is_automatic(part)):
        told = "有了有条件共享的数据，须由提供部门审核" if is_stricter else "已不再自动答复，须由提供部门答复"
        raise WrongStanding(f"“{part.title}”在申请之后{told}；请需求部门撤回后重新申请。")


def _answered(part: Part, state: PartState, answer: str, by: str) -> None:
    now: datetime = clock.now()
    part.state, part.answer, part.answered_by, part.answered_at = state, answer[:1000], by[:120], now
    part.save(update_fields=["state", "answer", "answered_by", "answered_at"])


def _tell(part: Part, title: str, body: str, what: str) -> None:
    telling.tell(
        part.request.organisation, title, body, href=telling.href_of_part(part), key=f"{part.uuid}:{what}:{part.instance_id}",
    )


def _part(key: str) -> Part:
    held = Part.objects.select_for_update(of=("self",)).select_related("request__organisation", "request__application")
    return held.select_related("resource__provider", "instance", "amends", "request__organisation").get(uuid=key)


def _require_complete(parts: list[Part]) -> None:
    told = []
    for part in parts:
        faults = [f"{one.title}：{one.fault}" for one in drafting.checks_of(part) if one.fault]
        if faults:
            told.append(f"“{part.title}”{'；'.join(faults)}")
    if told:
        raise IncompleteRequest(f"申请还不能提交：{'。'.join(told)}。", parts=len(told))


def _require_heads(places: list[Organisation]) -> None:
    """Nothing, when each department has a head of its sharing, whose consent the law asks for (art. 20, 21)."""
    staffed = set(Post.objects.in_force(clock.today()).filter(role=HEAD, organisation__in=places).values_list("organisation", flat=True))
    bare = list(dict.fromkeys(str(one) for one in places if one.pk not in staffed))
    if bare:
        raise WrongStanding(f"{'、'.join(bare)}没有在任的共享工作机构负责人，没有人能同意；请系统管理员先安排岗位。")
