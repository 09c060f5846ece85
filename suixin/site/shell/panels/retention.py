"""How long the rows of a resource are kept, and destructions of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from suixin.data.lake.models import DestructionTarget, Retention
from suixin.ground.security import policy
from suixin.site.shell.panels.registry import Panel, Seen

_MOST = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """The period and its basis, the newest destructions, what the reader may do."""

    facts: Sequence[tuple[str, str]]
    targets: Sequence[DestructionTarget]
    may_set: bool
    may_ask: bool


def kept(seen: Seen) -> Kept:
    """What is known of it."""
    held = Retention.objects.filter(resource=seen.resource).first()
    item = seen.contract.item(held.field) if held is not None and held.field else None
    facts = [
        (gettext("保存期限"), held.period), (gettext("起算"), item.name if item else gettext("入库")),
        (gettext("依据"), f"{held.basis} {held.document}"),
    ] if held is not None else [(gettext("保存期限"), gettext("没有设定"))]
    targets = DestructionTarget.objects.filter(resource=seen.resource).select_related("destruction").order_by("-pk")[:_MOST]
    may_set, may_ask = (policy.may(seen.actor, verb, seen.resource) for verb in ("purge.set_retention", "purge.ask"))
    return Kept(facts, list(targets), may_set, may_ask)


def _may_see(seen: Seen) -> bool:
    return policy.may(seen.actor, "purge.view", seen.resource)


PANELS = (Panel("retention", gettext_noop("保存与销毁"), 85, "panels/retention.html", kept, _may_see),)
