"""Who uses which standard, and with what result: read from entries and from what batches keep; standards stand below them all.

Set      items of entries in force that name it, in any version; of their newest batches which version judged, how many cells,
         how many outside
Element  items of that name whose type, length or code set is another than the element's, by department
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from suixin.data.catalog.models import Item, ResourceState
from suixin.data.lake.models import Batch
from suixin.ground.standards import DataElement, normal_header

MOST_BATCHES, MOST_ITEMS = 2_000, 500


@dataclass
class Use:
    """One item that uses a set. `versions` that judged its batches, the newest first."""

    item: Item
    versions: list[str] = field(default_factory=list)
    batches: int = 0
    cells: int = 0
    outside: int = 0

    @property
    def share_outside(self) -> float:
        """Percent of its cells that were outside the set."""
        return 100 * self.outside / self.cells if self.cells else 0.0


def uses_of_set(code: str) -> list[Use]:
    """Items of entries in force that name the set, with what their newest batches kept; two queries."""
    named = Q(code_set=code) | Q(code_set__startswith=f"{code}@") | Q(own_codes=code) | Q(own_codes__startswith=f"{code}@")
    items = Item.objects.filter(named, resource__state=ResourceState.PUBLISHED).select_related("resource__provider")
    ordered = items.order_by("resource__provider__lineage", "resource", "position")[:MOST_ITEMS]
    found = {(one.resource_id, one.field): Use(one) for one in ordered}
    batches = Batch.objects.landed().filter(resource__in={pk for pk, _ in found}).exclude(code_sets={}).order_by("-pk")
    for resource, kept in batches.values_list("resource_id", "code_sets")[:MOST_BATCHES]:
        for name, told in kept.items():
            use = found.get((resource, name))
            if use is None:
                continue
            use.batches += 1
            use.cells += told["cells"] + told["outside"]
            use.outside += told["outside"]
            if told["version"] not in use.versions:
                use.versions.append(told["version"])
    return list(found.values())


def counts_of_sets(codes: Sequence[str]) -> dict[str, int]:
    """How many items of entries in force name each set, in any version."""
    counts: defaultdict[str, int] = defaultdict(int)
    wanted = set(codes)
    rows = Item.objects.filter(resource__state=ResourceState.PUBLISHED).exclude(code_set="").values_list("code_set", flat=True)
    for reference in rows:
        code = reference if reference in wanted else reference.rpartition("@")[0]
        counts[code] += 1
    return dict(counts)


@dataclass(frozen=True, slots=True)
class Deviation:
    """An item that has an element's name and is something else; `sentences` say in what."""

    item: Item
    sentences: tuple[tuple[str, str, str], ...]  # which attribute, the element's, the item's


def deviations_of(element: DataElement) -> tuple[int, list[Deviation]]:
    """How many items have the element's name or another of its names, and those that are other than it says."""
    names = {element.name, *element.aliases}
    items = Item.objects.filter(Q(name__in=names) | Q(field=element.field), resource__state=ResourceState.PUBLISHED)
    found = list(items.select_related("resource__provider").order_by("resource__provider__lineage", "resource", "position")[:MOST_ITEMS])
    same = [one for one in found if normal_header(one.name) in {normal_header(name) for name in names} or one.field == element.field]
    told = ((one, tuple(_differences(element, one))) for one in same)
    return len(same), [Deviation(one, sentences) for one, sentences in told if sentences]


def _differences(element: DataElement, item: Item) -> list[tuple[str, str, str]]:
    pairs = [("type", element.type, item.type), ("code_set", element.code_set, item.code_set.split("@")[0])]
    if element.length is not None and item.length is not None:
        pairs.append(("length", str(element.length), str(item.length)))
    if element.unit:
        pairs.append(("unit", element.unit, item.unit))
    return [(name, wanted, held) for name, wanted, held in pairs if wanted != held]
