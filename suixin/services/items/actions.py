"""Writes of items: draft, revise, publish the next version, pause, resume, withdraw.

Locks     the item; of one that is published through its procedure, the procedure first (`publishing.py`)
Promise   a version is written once and never changed; the one before it ends at the instant at which it begins;
          publishing is refused until `checking` finds nothing, whoever publishes
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.items import filed, finding, queries, rules, settling, sources
from suixin.services.items.elements import Content
from suixin.services.items.errors import InvalidItem, WrongStateOfItem
from suixin.services.items.events import ItemPublished
from suixin.services.items.models import Item, ItemState, ItemVersion
from suixin.services.items.rules import ABOVE, Span, Tier


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item to be drafted: its code says tier, body and what stands above; `content` is what it states itself."""

    code: str
    content: Content = field(default_factory=dict)


@transaction.atomic
def draft_item(draft: ItemDraft, *, actor: Actor) -> Item:
    """The new item, a draft. Raises NotAllowed, InvalidItem."""
    codes = settling.codes_of(draft.code)
    parent, organisation = _above(codes), _body(codes)
    policy.require(actor, "items.draft", organisation)
    settling.refuse_values(draft.content)
    now = clock.now()
    item = Item(
        tier=codes.tier.value, parent=parent, code=draft.code, organisation=organisation, content=dict(draft.content), created_at=now,
        updated_at=now,
    )
    settling.count(item)
    filed.settle(item, item.content, actor=actor)
    try:
        with transaction.atomic():
            item.save()
    except IntegrityError as error:
        raise InvalidItem(f"编码“{draft.code}”的事项已经登记；请在那一条上修改，或换一个序号。") from error
    audit.record(actor, "items.drafted", item, detail={"title": item.title})
    return item


@transaction.atomic
def revise_item(item: Item, content: Mapping[str, object], *, actor: Actor, seen: datetime | None = None) -> Item:
    """The item's draft saying this and no more; the version in force stays. Raises NotAllowed, InvalidItem, WrongStateOfItem."""
    policy.require(actor, "items.draft", item)
    locked = _locked(item)
    if seen is not None and locked.updated_at != seen:
        raise WrongStateOfItem(f"事项“{locked}”在您打开之后已被修改，您的修改没有保存；请重新打开页面，核对后再保存。")
    if locked.state == ItemState.WITHDRAWN:
        raise WrongStateOfItem(f"事项“{locked}”已取消，不能修改；需要恢复请登记新的事项。")
    settling.refuse_values(content)
    if dict(content) == locked.content:
        return locked
    filed.settle(locked, content, actor=actor)
    locked.content, locked.updated_at = dict(content), clock.now()
    settling.count(locked)
    newest = locked.versions.first()
    locked.is_changed = newest is None or newest.stated != locked.content
    locked.save(update_fields=["content", "title", "faults", "is_changed", "updated_at"])
    if not locked.version:
        _count_below(locked)
    audit.record(actor, "items.revised", locked, detail={"faults": locked.faults})
    return locked


@transaction.atomic
def publish_item(
    item: Item, *, actor: Actor, reason: str, valid_from: datetime | None = None, seen: datetime | None = None
) -> ItemVersion:
    """The draft as the next version, in force from `valid_from` (now). Raises NotAllowed, IncompleteItem, WrongStateOfItem.

    The same content published again gives the version that says it already. `seen`: refused when the draft moved since.
    """
    policy.require(actor, "items.publish", item)
    locked = _locked(item)
    if locked.state == ItemState.WITHDRAWN:
        raise WrongStateOfItem(f"事项“{locked}”已取消，不能再发布。")
    if seen is not None and locked.updated_at > seen:
        raise WrongStateOfItem(f"事项“{locked}”在提交审核之后已被修改，没有发布；请退回，由编制单位核对后重新提交。")
    queries.require_complete(locked)
    content = queries.effective_of(locked)
    sources.require_known(content)
    newest = locked.versions.first()
    if newest is not None and newest.digest == queries.digest_of(content) and newest.state == ItemState.IN_USE:
        _settled(locked, newest)
        return newest
    version = _write(locked, content, ItemState.IN_USE, start=valid_from, actor=actor, reason=reason)
    audit.record(actor, "items.published", locked, basis=reason, detail={"version": version.number, "digest": version.digest})
    return version


@transaction.atomic
def pause_item(item: Item, *, actor: Actor, reason: str) -> ItemVersion:
    """The item paused: its guide stays to be read and says so. Raises NotAllowed, WrongStateOfItem."""
    return _moved(item, ItemState.IN_USE, ItemState.PAUSED, actor=actor, reason=reason)


@transaction.atomic
def resume_item(item: Item, *, actor: Actor, reason: str) -> ItemVersion:
    """The item in use again. Raises NotAllowed, WrongStateOfItem."""
    return _moved(item, ItemState.PAUSED, ItemState.IN_USE, actor=actor, reason=reason)


@transaction.atomic
def withdraw_item(item: Item, *, actor: Actor, reason: str) -> Item:
    """The item withdrawn for good; its guide stays to be read. A draft that was never published is only put away.

    Raises NotAllowed, WrongStateOfItem when published items stand below it.
    """
    policy.require(actor, "items.publish" if item.version else "items.draft", item)
    locked = _locked(item)
    if locked.children.exclude(state=ItemState.WITHDRAWN).exclude(version=0).exists():
        raise WrongStateOfItem(f"事项“{locked}”下面还有已发布的事项；请先取消它们。")
    if locked.state == ItemState.WITHDRAWN:
        return locked
    if not locked.version:
        locked.state = ItemState.WITHDRAWN
        locked.save(update_fields=["state"])
        audit.record(actor, "items.withdrawn", locked, basis=reason)
        return locked
    _moved(locked, locked.state, ItemState.WITHDRAWN, actor=actor, reason=reason)
    return _locked(locked)


def _moved(item: Item, before: str, after: ItemState, *, actor: Actor, reason: str) -> ItemVersion:
    """The next version, saying what the newest says, in another state."""
    policy.require(actor, "items.publish", item)
    locked = _locked(item)
    if not reason.strip():
        raise InvalidItem(f"{after.label}应写明理由，办事的人会看到。")
    newest = locked.versions.first()
    if newest is None or locked.state != before:
        raise WrongStateOfItem(f"事项“{locked}”{locked.get_state_display()}，不能改为{after.label}。")
    stated = newest.stated
    version = _write(locked, newest.content, after, start=None, actor=actor, reason=reason, stated=stated)
    words = {ItemState.PAUSED: "items.paused", ItemState.IN_USE: "items.resumed", ItemState.WITHDRAWN: "items.withdrawn"}
    audit.record(actor, words[after], locked, basis=reason, detail={"version": version.number})
    return version


def _write(
    item: Item, content: Content, state: ItemState, *, start: datetime | None, actor: Actor, reason: str, stated: Content | None = None
) -> ItemVersion:
    now = clock.now()
    begins = start or now
    spans = [Span(one.number, one.valid_from, one.valid_until) for one in item.versions.all()[:1]]
    if sentence := rules.fault_of_start(spans, begins, now):
        raise WrongStateOfItem(f"事项“{item}”没有发布：{sentence}。")
    for before in item.versions.filter(valid_until=None):
        before.valid_until = begins
        before.save(update_fields={"valid_until"})
    version = ItemVersion(
        item=item, number=item.version + 1, state=state, content=dict(content), stated=dict(item.content if stated is None else stated),
        department=item.organisation.name if item.organisation else "", digest=queries.digest_of(content), valid_from=begins,
        published_at=now, published_by=actor.name[:120], reason=reason[:500],
    )
    version.save()
    item.state, item.version = state, version.number
    _settled(item, version)
    sources.declare_uses(item, version)
    finding.follow(item)
    _count_below(item)
    events.emit_on_commit(ItemPublished(item.pk, version.number))
    return version


def _settled(item: Item, newest: ItemVersion) -> None:
    item.is_changed = newest.stated != item.content
    item.save(update_fields=["state", "version", "is_changed"])


def _above(codes: rules.Codes) -> Item | None:
    if ABOVE[codes.tier] is None:
        return None
    above = Item.objects.select_for_update(of=("self",)).filter(code=codes.above).first()
    if above is None:
        raise InvalidItem(settling.no_above(codes))
    return above


def _body(codes: rules.Codes) -> Organisation | None:
    if codes.tier is Tier.BASIC:
        return None
    body = Organisation.objects.filter(uscc=codes.body).first()
    if body is None:
        raise InvalidItem(settling.no_body(codes))
    return body


def _locked(item: Item) -> Item:
    return Item.objects.select_for_update(of=("self",)).select_related("organisation", "parent").get(pk=item.pk)


def _count_below(item: Item) -> None:
    """What hangs on this one counted anew: drafts below inherit from it."""
    for child in item.children.select_related("parent", "organisation").exclude(state=ItemState.WITHDRAWN):
        child.parent = item
        before = (child.title, child.faults)
        settling.count(child)
        if (child.title, child.faults) != before:
            child.save(update_fields=["title", "faults"])
        if not child.version:
            _count_below(child)
