"""What differs between any two published versions of a code set: asked of the rows that came or ended in between, however large it is."""

from typing import Any  # as django-stubs has rows of values

from django.db.models import Q, QuerySet

from suixin.ground.standards import held
from suixin.ground.standards.models import ChangeKind, Code, CodeChange, Version
from suixin.ground.standards.rules import Change, Difference, Row, difference


def between(before: Version, after: Version) -> Difference:
    """The changes that lead from one version to the other, which may be the older one; by code.

    `successors` of a code that is gone are what the newest version up to `after` says of it; backwards there are none.
    """
    low, high = sorted((before.number, after.number))
    came, ended = Q(since__gt=low, since__lte=high), Q(until__gt=low, until__lte=high)
    codes = Code.objects.filter(came | ended, standard=before.standard_id).values("code")
    old, new = (_rows(version, codes) for version in (before, after))
    told = CodeChange.objects.filter(
        version__standard=before.standard_id, version__number__gt=before.number, version__number__lte=after.number,
        kind=ChangeKind.ABOLISHED,
    ).order_by("version__number").values_list("code", "successors")
    became = {code: tuple(successors) for code, successors in told}
    found = difference({row.code: row for row in old}, new).changes
    return Difference(tuple(sorted((_followed(one, became) for one in found), key=lambda one: (one.kind, one.row.code))))


def _rows(version: Version, codes: QuerySet[Code, Any]) -> list[Row]:
    found = held.codes_of(version).filter(code__in=codes).values_list("code", "name", "parent", "aliases")
    return [Row(code, name, parent, tuple(aliases)) for code, name, parent, aliases in found.iterator(chunk_size=10_000)]


def _followed(one: Change, became: dict[str, tuple[str, ...]]) -> Change:
    if one.kind != ChangeKind.ABOLISHED:
        return one
    row = one.row
    return Change(one.kind, Row(row.code, row.name, row.parent, row.aliases, became.get(row.code, ()), is_gone=True), one.former)
