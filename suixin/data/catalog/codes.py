"""Resource codes: given once, in the order of asking, and never again, whatever becomes of the entry."""

from collections.abc import Iterable, Sequence

from django.db.models import F

from suixin.data.catalog import rules
from suixin.data.catalog.errors import InvalidEntry
from suixin.data.catalog.models import Classification, CodeSequence, Resource


def next_code(category: str) -> str:
    """The next code of a category; its sequence is locked until the caller's transaction ends. Raises InvalidEntry."""
    if not rules.CATEGORY_PATTERN.fullmatch(category):
        raise InvalidEntry(f"信息资源分类“{category}”不合规则:应为类(1位)项(2位)目(3位)及可选细目,例如 307001。")
    sequence = CodeSequence.objects.filter(category=category)
    if not sequence.update(last=F("last") + 1):
        CodeSequence.objects.get_or_create(category=category)
        sequence.update(last=F("last") + 1)
    return rules.resource_code(category, sequence.values_list("last", flat=True).get())


def hold(categories: Iterable[str]) -> None:
    """The sequences of these categories locked until the caller's transaction ends, in one order for everybody.

    For whoever takes codes of several categories: two who took them in different orders would wait for each other.
    """
    for category in sorted(set(categories)):
        if not CodeSequence.objects.filter(category=category).update(last=F("last")):
            CodeSequence.objects.get_or_create(category=category)
            CodeSequence.objects.filter(category=category).update(last=F("last"))


def file_under(resource: Resource, categories: Sequence[str]) -> list[str]:
    """The codes that the entry newly has in these categories, beside the primary one it was proposed with."""
    held = set(resource.classifications.values_list("category", flat=True))
    rows = []
    if resource.category not in held:
        rows.append(Classification(resource=resource, category=resource.category, code=resource.code, is_primary=True))
    wanted = [one for one in dict.fromkeys(categories) if one not in held and one != resource.category]
    rows += [Classification(resource=resource, category=one, code=next_code(one)) for one in wanted]
    Classification.objects.bulk_create(rows)
    return [row.code for row in rows if not row.is_primary]
