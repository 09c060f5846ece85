"""How a published entry changes or ends: a change is prepared, confirmed by the department, reviewed by the bureau, in force.

Path     begun (draft, in the preparer's inbox) → revised → submitted (head) → reviewed (bureau, 2 working days) → applied
         by the effect `catalog.apply_change`, in the transaction of whoever decided last; a withdrawal goes the same way
Time     ten working days from the day that law or duties changed until it is reported, five more with approval
Promise  field names never change; what would give a table that holds data other columns is refused before it is
         handed on, on its page or in the inbox, and again when it comes into force; it names the way: a new entry
Locks    the procedure, then the change, then the entry, as the last decision takes them
Source   国务院令第809号 art. 17; standards/data.md 1.11, SLA-01, SLA-02
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any  # contents are JSON

from django.db import transaction

from suixin.data.catalog import (
    actions,
    canon,
    impact,
    objections,
    publication,
    rules,
    stating,
    values,
    versions,
)
from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.catalog.drafts import STATED, Stated
from suixin.data.catalog.errors import IncompleteEntry, InvalidEntry, Objected, WrongState
from suixin.data.catalog.models import LIVE_CHANGES, Change, ChangeKind, ChangeState, Resource, ResourceState
from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, calendars, moving, rights, starting
from suixin.ground.flow.models import LIVE, Instance
from suixin.ground.flow.subjects import Deciding, Subject
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

KIND = "catalog.change"
SLUGS = {ChangeKind.CHANGE: "catalog-change", ChangeKind.WITHDRAWAL: "catalog-withdrawal"}
REPORT_DAYS = 10
STUCK = "数据表已有数据，不能增删信息项、改类型或主键；请登记新的信息资源，再撤销本目录并注明由它取代"
EDITABLE = (*stating.EDITABLE, "title")
# who knows whether a table holds rows; the lake stands above, so it is told (site/wiring.py)
holders: list[Callable[[str], bool]] = []


def register_holder(holds: Callable[[str], bool]) -> None:
    """Let changes ask this too: whether the table of that name holds rows."""
    if holds not in holders:
        holders.append(holds)


def live_change(resource: Resource) -> Change | None:
    """The change of the entry that is under way; None when there is none."""
    return resource.changes.filter(state__in=LIVE_CHANGES).first()


def running(change: Change) -> Instance | None:
    """The procedure that the change goes through; None once it is over."""
    found = Instance.objects.filter(subject_kind=KIND, subject_key=str(change.uuid), status__in=LIVE)
    return found.order_by("-pk").first()


@transaction.atomic
def begin_change(
    resource: Resource, *, actor: Actor, reason: str, happened_on: date | None = None, kind: ChangeKind = ChangeKind.CHANGE,
    successor: Resource | None = None,
) -> Change:
    """A change of a published entry, saying so far what the entry says, at its first step in the preparer's inbox.

    Raises NotAllowed, InvalidEntry, and WrongState when the entry is not in force or a change is under way.
    """
    policy.require(actor, "catalog.propose", resource)
    locked = Resource.objects.select_for_update().get(pk=resource.pk)
    if locked.state != ResourceState.PUBLISHED:
        raise WrongState(f"目录“{locked.title}”{locked.get_state_display()}，只有已发布的目录才办变更、撤销。")
    other = live_change(locked)
    if other is not None:
        raise WrongState(f"目录“{locked.title}”已有{other.created_by}编制的{other.get_kind_display()}在办；请先办完或放弃它。")
    day = happened_on or clock.today()
    if not reason.strip() or day > clock.today():
        raise InvalidEntry("请写明变更原因，调整或变化之日不能晚于今天。")
    if successor is not None and (successor.pk == locked.pk or successor.state == ResourceState.WITHDRAWN):
        raise InvalidEntry("取代它的目录应是另一条没有撤销的目录；请重新选择。")
    versions.record(locked, actor=actor, reason="变更前的内容")
    change = Change.objects.create(
        resource=locked, kind=kind, content=canon.content_of(locked), base=locked.version, reason=reason.strip()[:500], happened_on=day,
        due_on=calendars.current().nth_workday_after(day, REPORT_DAYS), successor=successor, created_by=actor.name[:120],
        created_at=clock.now(),
    )
    _start(change, actor)
    audit.record(actor, "catalog.change_begun", change, basis=reason, detail={"resource": locked.code})
    return change


@transaction.atomic
def revise_change(
    change: Change, *, actor: Actor, metadata: Mapping[str, object] | None = None, items: Sequence[ItemSpec] | None = None
) -> Change:
    """The change saying otherwise: `metadata` by name (EDITABLE), `items` whole. Raises NotAllowed, InvalidEntry, WrongState."""
    locked = _reopened(_locked(change, actor, "catalog.propose"))
    if locked.state != ChangeState.DRAFT or locked.kind != ChangeKind.CHANGE:
        raise WrongState(f"{locked}{locked.get_state_display()}，不能再修改；要修改请对方退回。")
    told = dict(metadata or {})
    unknown = sorted(told.keys() - set(EDITABLE))
    if unknown:
        raise InvalidEntry(f"目录没有可修改的元数据“{'、'.join(unknown)}”；可修改的是 {'、'.join(EDITABLE)}。", unknown=unknown)
    content = {**_rebased(locked), **told}
    if items is not None:
        kept = _sealed_still(items, locked.resource)
        content["items"] = [canon.item_content(one) for one in rules.keyed(_contract(content, locked).with_items(kept)).items]
    _refuse_faults(content, locked)
    if content["title"] != locked.resource.title:
        stating.refuse_namesake(locked.resource.provider.uscc, str(content["title"]), own=locked.resource)
    locked.content, locked.base = content, locked.resource.version
    locked.save(update_fields=["content", "base", "state", "updated_at"])
    audit.record(actor, "catalog.change_revised", locked, detail={"resource": locked.resource.code})
    return locked


def faults_of(change: Change) -> list[str]:
    """Sentences on what forbids the change to be handed on; empty when it may."""
    if change.kind == ChangeKind.WITHDRAWAL:
        return _faults_of_successor(change.successor)
    content, resource = change.content, change.resource
    if not versions.differences(canon.content_of(resource), content):
        return ["变更后的内容与现行目录完全一样；请先修改"]
    items = canon.specs_of(content)
    faults = [sentence for _, sentence in rules.gaps_of(stated_of(content), items)]
    if change.base != resource.version:
        faults.append(f"目录在编制变更之后已有第{resource.version}版；请再保存一次，看清变化后提交")
    if is_stuck(resource, items):
        faults.append(STUCK)
    return faults + _objections(content, resource)


def _faults_of_successor(successor: Resource | None) -> list[str]:
    if successor is None or successor.state == ResourceState.PUBLISHED:
        return []
    return [f"取代它的目录“{successor.title}”{successor.get_state_display()}；请先让它发布，再撤销本目录"]


def is_stuck(resource: Resource, items: Sequence[ItemSpec]) -> bool:
    """Whether the table holds rows and these items would give it other columns."""
    return not canon.same_columns(resource.contract.items, items) and any(holds(resource.table) for holds in holders)


@transaction.atomic
def submit_change(change: Change, *, actor: Actor, reason: str = "") -> Instance:
    """The change handed on, those responsible for what it breaks told; in force at once where the actor's word is enough.

    Raises NotAllowed, IncompleteEntry, WrongState.
    """
    locked = _reopened(_locked(change, actor, "catalog.propose"))
    if locked.state != ChangeState.DRAFT:
        raise WrongState(f"{locked}{locked.get_state_display()}，不用再提交。")
    faults = faults_of(locked)
    if faults:
        raise IncompleteEntry(f"{locked}还不能提交审核：{'；'.join(faults)}。", faults=faults)
    instance = running(locked)
    step = publication.waiting_step(instance) if instance else None
    if instance is None or step is None or not rights.may_act(actor, step):
        if instance is not None:
            moving.stop(instance, actor=SYSTEM, reason=f"由{actor.name}重新提交")
        instance = _start(locked, actor)
        step = publication.waiting_step(instance)
    if step is None:
        raise WrongState(f"{locked}的流程已停下；请在办件页查看原因。")
    return advancing.decide(step, "approve", actor=actor, reason=reason)


def guard(deciding: Deciding) -> None:
    """The change handed on as its first step is agreed to, wherever that is: marked, and those told whom it breaks.

    Raises IncompleteEntry when something forbids it.
    """
    if deciding.node != publication.PREPARED:
        return
    change = Change.objects.select_for_update(of=("self",)).select_related("resource__provider").get(uuid=deciding.subject.key)
    faults = faults_of(change)
    if faults:
        raise IncompleteEntry(f"{change}还不能提交审核：{'；'.join(faults)}。", faults=faults)
    change.state, change.submitted_at = ChangeState.SUBMITTED, clock.now()
    change.save(update_fields=["state", "submitted_at", "updated_at"])
    audit.record(deciding.actor, "catalog.change_submitted", change, detail={"resource": change.resource.code})
    impact.tell(change, impact.impact_of_change(change))


@transaction.atomic
def apply_change(change: Change, *, actor: Actor, reason: str = "", instance: int = 0) -> Resource:
    """The entry as the change says, as its next version, or withdrawn. Raises NotAllowed, InvalidEntry, WrongState.

    Refused when the entry moved since the change was made from it.
    """
    locked = _locked(change, actor, "catalog.publish")
    if locked.state not in LIVE_CHANGES:
        raise WrongState(f"{locked}{locked.get_state_display()}，不能再生效。")
    resource = locked.resource
    told = reason or locked.reason
    if locked.kind == ChangeKind.WITHDRAWAL:
        if faults := _faults_of_successor(locked.successor):
            raise WrongState(f"目录“{resource.title}”不能撤销：{faults[0]}。")
        actions.withdraw_resource(resource, actor=actor, reason=told, superseded_by=locked.successor)
    else:
        if resource.version != locked.base:
            raise WrongState(f"目录“{resource.title}”在编制变更之后已有第{resource.version}版；请退回，由编制单位按现行目录再保存一次。")
        _refuse_faults(locked.content, locked)
        if is_stuck(resource, canon.specs_of(locked.content)):
            raise WrongState(f"目录“{resource.title}”的变更不能生效：{STUCK}。")
        _refuse_objections(locked.content, resource)
        if locked.content["title"] != resource.title:  # another entry may have taken it while this was reviewed
            stating.refuse_namesake(resource.provider.uscc, str(locked.content["title"]), own=resource)
        approval = publication.approval_of(instance) if instance else None
        actions.write_content(resource, locked.content, actor=actor, reason=told, approval=approval)
    locked.state = ChangeState.APPLIED
    locked.save(update_fields=["state", "updated_at"])
    audit.record(actor, "catalog.change_applied", locked, basis=told, detail={"resource": resource.code, "version": resource.version})
    return Resource.objects.get(pk=resource.pk)


@transaction.atomic
def drop_change(change: Change, *, actor: Actor, reason: str) -> Change:
    """The change given up, its procedure ended. Raises NotAllowed, WrongState."""
    locked = _locked(change, actor, "catalog.propose")
    if locked.state not in LIVE_CHANGES:
        raise WrongState(f"{locked}{locked.get_state_display()}，不用放弃。")
    if instance := running(locked):
        moving.stop(instance, actor=SYSTEM, reason=f"{actor.name}放弃：{reason}"[:500])
    locked.state = ChangeState.DROPPED
    locked.save(update_fields=["state", "updated_at"])
    audit.record(actor, "catalog.change_dropped", locked, basis=reason, detail={"resource": locked.resource.code})
    return locked


def close_change(change: Change, *, actor: Actor, reason: str) -> None:
    """The change is over as its procedure ended otherwise than well; nothing when it is in force or given up already."""
    policy.require(actor, "catalog.publish", change.resource)
    with transaction.atomic():
        locked = Change.objects.select_for_update().get(pk=change.pk)
        if locked.state not in LIVE_CHANGES or running(locked) is not None:
            return
        locked.state = ChangeState.REFUSED
        locked.save(update_fields=["state", "updated_at"])
        audit.record(actor, "catalog.change_refused", locked, basis=reason)


def is_draft(change: Change) -> bool:
    """Whether it may be revised: not handed on yet, or sent back."""
    return _reopened(change).state == ChangeState.DRAFT


def stated_of(content: Mapping[str, Any]) -> Stated:
    """What a content states, as the value that the rules judge. Any: it is JSON."""
    return Stated(**{name: content[name] for name in STATED})


def _start(change: Change, actor: Actor) -> Instance:
    slug, resource = SLUGS[ChangeKind(change.kind)], change.resource
    publication.require_procedure(slug)
    data = {
        publication.ALONE: publication.publishes_alone(actor, resource),
        publication.CONFIRMER: publication.confirmer_of(resource.provider),
    }
    provider = resource.provider
    return starting.start(
        slug, Subject(KIND, str(change.uuid)), actor=actor, title=f"{change.get_kind_display()}目录：{resource.title}", data=data,
        parties={"provider": provider, "bureau": bureau_of(provider) or provider},
    )


def _locked(change: Change, actor: Actor, verb: str) -> Change:
    policy.require(actor, verb, change.resource)
    held = Instance.objects.filter(subject_kind=KIND, subject_key=str(change.uuid), status__in=LIVE)
    list(held.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    return Change.objects.select_for_update(of=("self",)).select_related("resource__provider").get(pk=change.pk)


def _reopened(change: Change) -> Change:
    """A change that was sent back is a draft again."""
    instance = running(change)
    step = publication.waiting_step(instance) if instance else None
    if change.state == ChangeState.SUBMITTED and step is not None and step.node == publication.PREPARED:
        change.state = ChangeState.DRAFT
    return change


def _objections(content: Mapping[str, Any], resource: Resource) -> list[str]:
    """What speaks against items that the entry does not have yet, or that it calls otherwise from now on."""
    held = {item.field: item.name for item in resource.items.all()}
    items = canon.specs_of(content)
    return objections.objections_to(resource, items, {item.field for item in items if held.get(item.field) != item.name})


def _rebased(change: Change) -> dict[str, Any]:
    """What the change says so far, with all that only others may alter (level of the whole, rules, codes) as it stands now."""
    if change.base == change.resource.version:
        return dict(change.content)
    now = canon.content_of(change.resource)
    return now | {name: change.content[name] for name in (*EDITABLE, "items")}


def _sealed_still(items: Sequence[ItemSpec], resource: Resource) -> tuple[ItemSpec, ...]:
    """The items, those that lie sealed now still sealed: they are not taken out of sealing again."""
    sealed = {one.field for one in resource.contract.sealed}
    return tuple(replace(one, is_sealed=one.is_sealed or one.field in sealed) for one in items)


def _contract(content: Mapping[str, Any], change: Change) -> Contract:
    return canon.contract_of(content, change.resource)


def _refuse_objections(content: Mapping[str, Any], resource: Resource) -> None:
    if found := _objections(content, resource):
        raise Objected(f"目录“{resource.title}”的变更不能生效：{'；'.join(found)}。", faults=found)


def _refuse_faults(content: Mapping[str, Any], change: Change) -> None:
    resource = change.resource
    written = content["format_category"], content["format_type"]
    faults = [
        *values.faults_of({name: content[name] for name in EDITABLE}, canon.specs_of(content)),
        *stating.faults_in(_contract(content, change), stated_of(content), extension=content["extension"], written=written),
    ]
    if faults:
        raise InvalidEntry(f"目录“{resource.title}”的变更不能保存：" + "；".join(faults), faults=faults)
