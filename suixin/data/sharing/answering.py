"""What the provider sets beside its decision: masks, quotas and demands of a part, and entries that are answered by themselves."""

from collections.abc import Mapping

from django.db import transaction

from suixin.data.access.models import Door
from suixin.data.catalog.models import Resource
from suixin.data.sharing import queries, rules
from suixin.data.sharing.errors import IncompleteRequest, WrongStanding
from suixin.data.sharing.models import AutomaticAnswer, Part, PartState, Share
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.ground.security.masks import MASKS
from suixin.kit import clock
from suixin.kit.actor import Actor


@transaction.atomic
def set_terms(
    part: Part, *, actor: Actor, masks: Mapping[str, str], condition: str = "", per_second: int | None = None, per_day: int | None = None,
    is_receipted: bool = False,
) -> Part:
    """The part with the masks, quotas and demands under which the provider would agree.

    `masks` by field: a mask's name, or "" to show the item whole, which must be said; of a dataset for every table that has the field,
    also one that the representing table has not.
    `is_receipted`: every exchange leaves a signed receipt. Raises NotAllowed, IncompleteRequest, WrongStanding.
    """
    policy.require(actor, "sharing.answer", part.resource)
    held = Part.objects.select_for_update(of=("self",)).select_related("resource", "request").get(pk=part.pk)
    if held.state != PartState.ASKED or held.received_at is None or Share.objects.filter(part=held).exists():
        raise WrongStanding(f"这份申请{held.get_state_display()}，不在审核中，不能设定条件。")
    asked = queries.items_of(held)
    foreign = [name for name in masks if name not in asked]
    unknown = [name for name in masks.values() if name and name not in MASKS]
    if foreign or unknown:
        raise IncompleteRequest(f"脱敏设定有误：{'、'.join([*foreign, *unknown])[:100]} 不在申请的信息项或脱敏规则里。")
    if len(condition) > 500:
        raise IncompleteRequest("提供方要求最多 500 个字。")
    if is_receipted and Door.PAGE in held.doors:
        raise IncompleteRequest("申请的共享方式里有“页面”，页面上看过的内容留不下回执；请先让对方补正去掉它，或不要求回执。")
    held.masks = {name: mask for name, mask in masks.items() if any(own != mask for own in asked[name][1])}
    held.condition, held.per_second, held.per_day, held.is_receipted = condition.strip(), per_second, per_day, is_receipted
    held.save(update_fields=["masks", "condition", "per_second", "per_day", "is_receipted"])
    told = {"masks": held.masks, "per_second": per_second, "per_day": per_day, "is_receipted": is_receipted}
    audit.record(actor, "sharing.terms_set", held, detail=told)
    return held


@transaction.atomic
def set_automatic(resource: Resource, is_automatic: bool, *, actor: Actor, reason: str) -> bool:
    """Whether requests for the entry are agreed to by the machine when all checks are green. Raises NotAllowed, WrongStanding."""
    policy.require(actor, "sharing.answer", resource)
    if is_automatic and resource.share_type != rules.UNCONDITIONAL:
        raise WrongStanding(f"“{resource.title}”不是无条件共享，须由人审核，不能设为自动答复。")
    if not reason.strip():
        raise WrongStanding("请写明理由，例如“字典类数据，申请即用”。")
    if is_automatic:
        AutomaticAnswer.objects.update_or_create(
            resource=resource, defaults={"reason": reason.strip()[:300], "set_by": actor.name[:120], "set_at": clock.now()},
        )
    else:
        AutomaticAnswer.objects.filter(resource=resource).delete()
    audit.record(actor, "sharing.automatic_set", resource, basis=reason, detail={"automatic": is_automatic})
    return is_automatic
