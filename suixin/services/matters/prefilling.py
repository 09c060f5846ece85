"""The one form of a theme, filled in from granted data: questions of guides and of the bank that name a source, once for all parts.

Read      by the first of these parts' departments that is granted the value (`cases.prefilling`), about who applies
Pending   a part that waits for others still needs what came filled in
Concern   a department sees what came filled in, or was put otherwise, only of what its own part asks
"""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q

from suixin.kit.actor import Actor
from suixin.services.cases import prefilling
from suixin.services.cases.models import Case
from suixin.services.cases.prefilling import Wanted
from suixin.services.items import guidance
from suixin.services.items.models import ItemVersion
from suixin.services.matters import asking
from suixin.services.matters.asking import Asked
from suixin.services.matters.models import Part, PartState
from suixin.services.themes.parsing import field_of

PENDING = Q(matter__parts__state=PartState.WAITING)


def prefill(asked: Asked, token: UUID, *, actor: Actor) -> dict[str, object]:
    """Values by field of the theme's form, for the draft of that token. Never raises for want of data."""
    return prefilling.prefill_all(wanted_of(asked), token, actor=actor)


def prefill_at_window(asked: Asked, token: UUID, numbers: Mapping[str, str], *, actor: Actor) -> dict[str, object]:
    """The same for whom stands at a window, by the numbers that were checked there. Raises NotAllowed."""
    return prefilling.prefill_at_window(wanted_of(asked), token, numbers, actor=actor)


def wanted_of(asked: Asked) -> list[Wanted]:
    """The questions that may come filled in; each for every part that asks it, as its guide or the question bank names the source."""
    sources, banked = asked.sources, [one for one in asked.questions if one.source is not None]
    parts = {part for found in sources.values() for part, _ in found} | {part for one in banked for part in asked.merged.asked_by[one.name]}
    versions = _versions(asked, parts)
    return [
        Wanted(one.name, one.source, versions[part], field_of(one))
        for one in banked if one.source is not None for part in asked.merged.asked_by[one.name] if part in versions
    ] + [
        Wanted(field, source, versions[part], guidance.fields_of(versions[part].content)[source.number - 1])
        for field in asked.guides for part, source in sources.get(field, []) if part in versions
    ]


def concern(case: Case, field: str) -> bool:
    """Whether the field is asked for that case: all are but questions that only other parts of its matter ask."""
    part = Part.objects.select_related("matter__application__submission").filter(case=case).first()
    submission = part.matter.application.submission if part is not None else None
    asked = asking.asked_of(submission.form) if submission is not None else None
    if part is None or asked is None or field not in asked.guides.keys() | asked.fillable:
        return True
    return field in asking.fields_for(asked, part.name)


def _versions(asked: Asked, parts: set[str]) -> Mapping[str, ItemVersion]:
    """The versions of the items on which the theme was published, by part."""
    found = {}
    for part in parts:
        offer = asked.whole.offers[part]
        rows = ItemVersion.objects.select_related("item__organisation").filter(item__code=offer.code, number=offer.version)
        if (version := rows.first()) is not None:
            found[part] = version
    return found
