"""A rule for one entry, made with what the catalogue knows: the other entry that it names, the codes that are taken."""

from django.db.models import Q

from suixin.data.catalog.contract import Rule
from suixin.data.catalog.models import Resource
from suixin.data.quality.library import composing
from suixin.data.quality.library.composing import Given
from suixin.data.quality.library.templates import Template


def composed(resource: Resource, template: Template, given: Given, *, severity: str = "") -> Rule:
    """The rule that these parameters make for the entry. Raises UnfitRule."""
    table = str(next((given.get(one.name, "") for one in template.parameters if one.type == "table"), "")).strip()
    named = Q(table=table) | Q(code=table) | Q(title=table)
    other = Resource.objects.published().filter(named).order_by("pk").first() if table else None
    taken = {str(one["code"]) for one in resource.rules}
    return composing.compose(
        template, given, resource.contract, other=other.contract if other else None, severity=severity, taken=taken,
    )
