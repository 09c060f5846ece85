"""Many items drafted at once, as a file brings them: what they share (bodies, items above, what those say) is read once.

Promise  each item is judged exactly as `actions.draft_item` judges it; one that is refused leaves the others alone
Log      one record for all of them, with their codes
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.services.items import filed, queries, rules, settling
from suixin.services.items.actions import ItemDraft
from suixin.services.items.elements import Content
from suixin.services.items.errors import InvalidItem
from suixin.services.items.models import Item, ItemVersion


@dataclass
class Drafted:
    """What became of them, by code."""

    items: dict[str, Item] = field(default_factory=dict)
    refused: dict[str, SuixinError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the drafts stand on: items above by code and what they say, bodies by credit code."""

    above: Mapping[str, Item]
    said: Mapping[int, Content]
    bodies: Mapping[str, Organisation]


@transaction.atomic
def draft_items(drafts: Sequence[ItemDraft], *, actor: Actor) -> Drafted:
    """The new items, drafts; those that may not be, with their error. Raises NotAllowed when the actor drafts nothing anywhere.

    Shape   codes differ; none of them is there yet; no draft stands below another one
    """
    policy.require_anywhere(actor, "items.draft")
    known, drafted, now = _known(drafts), Drafted(), clock.now()
    for draft in drafts:
        try:
            drafted.items[draft.code] = _made(draft, known, actor)
        except SuixinError as error:
            drafted.refused[draft.code] = error
    for item in drafted.items.values():
        item.created_at = item.updated_at = now
    Item.objects.bulk_create(drafted.items.values())
    if drafted.items:
        audit.record(actor, "items.drafted", ("items", "several"), detail={"codes": sorted(drafted.items)})
    return drafted


def _known(drafts: Sequence[ItemDraft]) -> _Known:
    parts = [codes for one in drafts if (codes := rules.taken_apart(one.code))]
    held = Item.objects.select_for_update(of=("self",)).select_related("parent", "organisation")
    above = {one.code: one for one in held.filter(code__in={one.above for one in parts}).order_by("pk")}
    versions = ItemVersion.objects.at(clock.now()).filter(item__in=[one.pk for one in above.values()])
    said = {one.item_id: dict(one.content) for one in versions}
    for one in above.values():
        if one.pk not in said:
            said[one.pk] = queries.effective_of(one)
    bodies = {one.uscc: one for one in Organisation.objects.filter(uscc__in={one.body for one in parts})}
    return _Known(above, said, bodies)


def _made(draft: ItemDraft, known: _Known, actor: Actor) -> Item:
    codes = settling.codes_of(draft.code)
    parent, body = known.above.get(codes.above), known.bodies.get(codes.body)
    if codes.above and parent is None:
        raise InvalidItem(settling.no_above(codes))
    if codes.body and body is None:
        raise InvalidItem(settling.no_body(codes))
    policy.require(actor, "items.draft", body)
    settling.refuse_values(draft.content)
    item = Item(tier=codes.tier.value, parent=parent, code=draft.code, organisation=body, content=dict(draft.content))
    settling.count(item, known.said.get(parent.pk) if parent else {})
    filed.settle(item, item.content, actor=actor)
    return item
