"""Writes of the catalogue: propose, revise, publish, withdraw an entry. How a person's proposal comes to be published: publication.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any  # contents are JSON

from django.db import transaction
from django.db.models import F

from suixin.data.catalog import (
    announcing,
    canon,
    codes,
    demands,
    dependences,
    following,
    generations,
    publication,
    rules,
    values,
    versions,
)
from suixin.data.catalog.contract import ItemSpec, Level
from suixin.data.catalog.drafts import NOT_ASSESSED, Assessed, ResourceDraft
from suixin.data.catalog.errors import IncompleteEntry, InvalidEntry, WrongState
from suixin.data.catalog.models import Item, Resource, ResourceGroup, ResourceState, ResourceVersion
from suixin.data.catalog.stating import (
    EDITABLE,
    PLAIN_FIELDS,
    faults_in,
    faults_of_entry,
    formats_of,
    organisation_of,
    refuse_namesake,
    set_metadata,
)
from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class ResourcePublished:
    """An entry's contract came into force."""

    resource_id: int


@dataclass(frozen=True, slots=True)
class ResourceWithdrawn:
    """An entry is in force no more."""

    resource_id: int


@dataclass(frozen=True, slots=True)
class ResourceChanged:
    """An entry in force says otherwise: it has a new version."""

    resource_id: int


@dataclass(frozen=True, slots=True)
class ResourceRegraded:
    """A table as a whole has another level."""

    resource_id: int


@transaction.atomic
def propose_resource(draft: ResourceDraft, *, actor: Actor) -> Resource:
    """A new entry that waits for a person, with its code. Raises NotAllowed, InvalidEntry."""
    provider = organisation_of(draft.provider)
    policy.require(actor, "catalog.propose", provider)
    told = {name: getattr(draft, name) for name in PLAIN_FIELDS}
    # the law is asked of what is of the right type only
    faults = values.faults_of(told | _words(draft), draft.contract.items) or faults_in(
        draft.contract, draft.stated, extension=draft.extension, written=(draft.format_category, draft.format_type),
    )
    if faults:
        raise InvalidEntry(f"目录“{draft.contract.title}”不能登记:" + ";".join(faults), faults=faults)
    resource = Resource.objects.create(
        code=codes.next_code(draft.category), table=draft.contract.table, title=draft.contract.title,
        provider=provider, level=int(draft.contract.level),
        floor=int(draft.contract.floor),
        write_mode=draft.contract.write_mode.value, group=_group(draft.group),
        rules=[rule.as_json for rule in draft.contract.rules],
        keywords=list(draft.keywords), related_codes=list(draft.related_codes), extension=dict(draft.extension),
        source_department=organisation_of(draft.source_department) if draft.source_department else None,
        **told | formats_of(draft),
    )
    codes.file_under(resource, draft.further_categories)
    _write_items(resource, draft.contract.items)
    following.follow(resource)
    audit.record(actor, "catalog.proposed", resource)
    return resource


@transaction.atomic
def revise_proposal(
    resource: Resource, items: Sequence[ItemSpec], *, actor: Actor, title: str = "", seen: datetime | None = None,
    metadata: Mapping[str, object] | None = None,
) -> Resource:
    """The proposed entry with other items, and other `metadata` (keys of EDITABLE); the write mode follows from the key.

    `seen` is `updated_at` of the entry that the reviser looked at. Raises NotAllowed, InvalidEntry, and WrongState
    once the entry is published or when it moved since it was seen.
    """
    policy.require(actor, "catalog.propose", resource)
    if title and title != resource.title:
        refuse_namesake(resource.provider.uscc, title, own=resource)
    generations.advance()
    locked = Resource.objects.select_for_update().get(pk=resource.pk)
    if locked.state != ResourceState.PROPOSED:
        raise WrongState(f"目录“{locked.title}”已发布,字段名不再变更;请另行发起变更。")
    _refuse_moved(locked, seen)
    contract = rules.keyed(locked.contract.with_items(tuple(items)))
    set_metadata(locked, metadata or {})
    told = {**(metadata or {}), "title": title or locked.title}
    faults = [*values.faults_of(told, contract.items), *faults_of_entry(locked, contract)]
    if faults:
        raise InvalidEntry("目录未保存:" + ";".join(faults), faults=faults)
    locked.items.all().delete()
    _write_items(locked, contract.items)
    locked.title = title or locked.title
    locked.level = int(contract.level)
    locked.write_mode = contract.write_mode.value
    locked.save(update_fields=["title", "level", "write_mode", *(metadata or {}), "updated_at"])
    following.follow(locked)
    audit.record(actor, "catalog.revised", locked)
    return locked


@transaction.atomic
def publish_resource(
    resource: Resource, *, actor: Actor, reason: str = "", seen: datetime | None = None,
    approval: tuple[str, datetime] | None = None, assessed: Assessed = NOT_ASSESSED,
) -> Resource:
    """The entry in force, as it was `seen`; publishing a published one changes nothing.

    `approval`: who of the department agreed, and when; without it whoever publishes answers for it. `assessed`: the
    assessments of an entry that states none itself; without any it is not published.
    Raises NotAllowed, InvalidEntry, IncompleteEntry, and WrongState once withdrawn or when it moved since it was seen.
    """
    policy.require(actor, "catalog.publish", resource)
    generations.advance()
    locked = Resource.objects.select_for_update().get(pk=resource.pk)
    if locked.state == ResourceState.PUBLISHED:
        return locked
    if locked.state == ResourceState.WITHDRAWN:
        raise WrongState(f"目录“{locked.title}”已撤销,代码 {locked.code} 不再使用;请重新编目。")
    _refuse_moved(locked, seen)
    faults = faults_of_entry(locked, locked.contract)
    if faults:
        raise InvalidEntry(f"目录“{locked.title}”不能发布:" + ";".join(faults), faults=faults)
    locked.secrecy_assessment = locked.secrecy_assessment or assessed.secrecy
    locked.privacy_assessment = locked.privacy_assessment or assessed.privacy
    if gaps := rules.assessment_gaps(locked.stated, locked.contract.items):
        told = "；".join(sentence for _, sentence in gaps)
        raise IncompleteEntry(f"目录“{locked.title}”不能发布：{told}。", fields=[name for name, _ in gaps])
    locked.state = ResourceState.PUBLISHED
    locked.publish_date = clock.today()
    locked.approver, locked.approved_at = (approval or (actor.name, clock.now()))
    locked.save(update_fields=[
        "state", "publish_date", "approver", "approved_at", "secrecy_assessment", "privacy_assessment", "updated_at",
    ])
    following.follow(locked)
    announcing.published(locked, versions.record(locked, actor=actor, reason=reason or "发布"))
    dependences.declare_rules(locked)
    demands.entry_in_force(locked, actor=actor, is_new=True)
    audit.record(actor, "catalog.published", locked, basis=reason)
    events.emit_on_commit(ResourcePublished(locked.pk))
    return locked


@transaction.atomic
def withdraw_resource(resource: Resource, *, actor: Actor, reason: str, superseded_by: Resource | None = None) -> Resource:
    """The entry withdrawn, its publication ended; its code is not given again. Raises NotAllowed, WrongState.

    `superseded_by` is the entry that stands for it from now on; withdrawing a withdrawn one changes nothing.
    Whoever may propose takes back what is only proposed.
    """
    is_proposed = resource.state == ResourceState.PROPOSED
    policy.require(actor, "catalog.propose" if is_proposed else "catalog.publish", resource)
    publication.hold(resource)
    generations.advance()
    locked = Resource.objects.select_for_update().get(pk=resource.pk)
    if is_proposed and locked.state == ResourceState.PUBLISHED:
        raise WrongState(f"目录“{locked.title}”刚刚已发布；请刷新页面。")
    if locked.state == ResourceState.WITHDRAWN:
        return locked
    publication.end(locked, actor=actor, reason=reason)
    if locked.state == ResourceState.PUBLISHED:
        announcing.withdrawn(locked, superseded_by)
    locked.state = ResourceState.WITHDRAWN
    locked.superseded_by = superseded_by
    locked.save(update_fields=["state", "superseded_by", "updated_at"])
    following.follow(locked)
    audit.record(
        actor, "catalog.withdrawn", locked, basis=reason, detail={"superseded_by": superseded_by.code} if superseded_by else None
    )
    events.emit_on_commit(ResourceWithdrawn(locked.pk))
    return locked


@transaction.atomic
def regrade_resource(resource: Resource, level: Level, *, actor: Actor, basis: str) -> Resource:
    """The table as a whole graded, beside its items: the resource takes the highest. Raises NotAllowed, InvalidEntry."""
    policy.require(actor, "catalog.regrade", resource)
    if not basis.strip():
        raise InvalidEntry("重新定级应写明依据,例如评估报告或会议纪要的编号。")
    generations.advance()
    locked = Resource.objects.select_for_update().get(pk=resource.pk)
    before = state_of(locked)
    locked.floor = int(level)
    locked.level = int(locked.contract.level)
    locked.save(update_fields=["floor", "level", "updated_at"])
    following.follow(locked)
    if locked.state == ResourceState.PUBLISHED:
        announcing.changed(locked, versions.record(locked, actor=actor, reason=f"重新定级：{basis}"))
    audit.record(actor, "catalog.regraded", locked, basis=basis, before=before, detail={"level": locked.level})
    events.emit_on_commit(ResourceRegraded(locked.pk))
    return locked


@transaction.atomic
def seal_items(resource: Resource, fields: Sequence[str], *, actor: Actor, basis: str) -> Resource:
    """The items promised to lie sealed from now on; the table itself is rewritten by `lake.resealing`.

    Items are not taken out of sealing again. Raises NotAllowed, InvalidEntry.
    """
    policy.require(actor, "catalog.seal_items", resource)
    generations.advance()
    locked = Resource.objects.select_for_update().get(pk=resource.pk)
    contract = locked.contract
    unknown = [name for name in fields if contract.item(name) is None]
    if unknown or not fields:
        raise InvalidEntry(f"目录“{locked.title}”没有信息项“{'、'.join(unknown)}”;请对照信息项清单改正。", unknown=unknown)
    wanted = {item.field for name in fields if (item := contract.item(name))}
    items = tuple(replace(item, is_sealed=item.is_sealed or item.field in wanted) for item in contract.items)
    faults = rules.faults_of(contract.with_items(items))
    if faults:
        raise InvalidEntry("加密存储未启用:" + ";".join(faults), faults=faults)
    locked.items.filter(field__in=wanted).update(is_sealed=True)
    locked.save(update_fields=["updated_at"])
    if locked.state == ResourceState.PUBLISHED:
        announcing.changed(locked, versions.record(locked, actor=actor, reason=f"加密存储：{basis}"))
    audit.record(actor, "catalog.items_sealed", locked, basis=basis, detail={"fields": sorted(wanted)})
    return locked


@transaction.atomic
def ensure_group(slug: str, title: str, *, actor: Actor, abstract: str = "") -> ResourceGroup:
    """The group of that slug, made when there is none; one without tables is nobody's. Raises NotAllowed."""
    policy.require(actor, "catalog.group", ResourceGroup.objects.filter(slug=slug, resources__isnull=False).first())
    group, is_new = ResourceGroup.objects.get_or_create(slug=slug, defaults={"title": title, "abstract": abstract})
    if is_new:
        audit.record(actor, "catalog.grouped", group)
    return group


def _refuse_moved(locked: Resource, seen: datetime | None) -> None:
    if seen is not None and locked.updated_at != seen:
        raise WrongState(f"目录“{locked.title}”在您打开之后已被修改,您的修改没有保存;请重新打开页面,核对后再提交。")


def _words(draft: ResourceDraft) -> dict[str, object]:
    return {"title": draft.contract.title, "keywords": list(draft.keywords), "related_codes": list(draft.related_codes)}


def _group(slug: str) -> ResourceGroup | None:
    return ResourceGroup.objects.get(slug=slug) if slug else None


def _write_items(resource: Resource, items: Sequence[ItemSpec]) -> None:
    Item.objects.bulk_create(
        Item(resource=resource, position=position, **Item.columns_of(spec)) for position, spec in enumerate(items, 1)
    )


@transaction.atomic
def classify_resource(resource: Resource, categories: Sequence[str], *, actor: Actor) -> list[str]:
    """The codes that the entry gets in further categories; none for one it stands in already. Raises NotAllowed, InvalidEntry."""
    is_proposed = resource.state == ResourceState.PROPOSED
    policy.require(actor, "catalog.propose" if is_proposed else "catalog.publish", resource)
    generations.advance()
    locked = Resource.objects.select_for_update().get(pk=resource.pk)
    if locked.state == ResourceState.WITHDRAWN or is_proposed != (locked.state == ResourceState.PROPOSED):
        raise WrongState(f"目录“{locked.title}”{locked.get_state_display()}；请刷新页面再办。")
    given = codes.file_under(locked, categories)
    if given and locked.state == ResourceState.PUBLISHED:
        announcing.changed(locked, versions.record(locked, actor=actor, reason="增加分类"))
    if given:
        audit.record(actor, "catalog.classified", resource, detail={"codes": given})
    return given


@transaction.atomic
def write_content(
    resource: Resource, content: Mapping[str, Any], *, actor: Actor, reason: str, approval: tuple[str, datetime] | None = None
) -> ResourceVersion:
    """The published entry as `content` (canonical) says, recorded as its next version. Raises NotAllowed, InvalidEntry, WrongState.

    Items keep their rows by field name, so that what points to them still does.
    """
    policy.require(actor, "catalog.publish", resource)
    generations.advance()
    locked = Resource.objects.select_for_update().get(pk=resource.pk)
    if locked.state != ResourceState.PUBLISHED:
        raise WrongState(f"目录“{locked.title}”{locked.get_state_display()}，不能变更。")
    set_metadata(locked, {name: content[name] for name in EDITABLE})
    contract = canon.contract_of(content, locked)
    faults = [*values.faults_of({name: content[name] for name in (*EDITABLE, "title")}, contract.items), *rules.faults_of(contract)]
    if faults:
        raise InvalidEntry(f"目录“{locked.title}”的变更不能生效：" + "；".join(faults), faults=faults)
    before = locked.level
    locked.title, locked.level, locked.write_mode = contract.title, int(contract.level), contract.write_mode.value
    locked.approver, locked.approved_at = approval or (actor.name, clock.now())
    locked.save()
    _rewrite_items(locked, contract.items)
    following.follow(locked)
    version = versions.record(locked, actor=actor, reason=reason)
    announcing.changed(locked, version)
    dependences.declare_rules(locked)
    demands.entry_in_force(locked, actor=actor, is_new=False)
    audit.record(actor, "catalog.changed", locked, basis=reason, detail={"version": version.number, "digest": version.digest})
    events.emit_on_commit(ResourceChanged(locked.pk))
    if locked.level != before:
        events.emit_on_commit(ResourceRegraded(locked.pk))
    return version


def _rewrite_items(resource: Resource, specs: Sequence[ItemSpec]) -> None:
    held = {item.field: item for item in resource.items.all()}
    gone = [item.pk for field, item in held.items() if field not in {spec.field for spec in specs}]
    resource.items.filter(pk__in=gone).delete()
    moved = len(held) + len(specs)
    resource.items.update(position=F("position") + moved)  # out of the way of the new order
    fresh = []
    for position, spec in enumerate(specs, 1):
        columns = Item.columns_of(spec) | {"position": position}
        if spec.field in held:
            resource.items.filter(field=spec.field).update(**columns)
        else:
            fresh.append(Item(resource=resource, **columns))
    Item.objects.bulk_create(fresh)
