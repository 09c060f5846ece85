"""Reads of the portal: find datasets, count facets, resolve addresses."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Case, Q, Value, When

from suixin.data.access import versions
from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.access.sensitive import Found, personal_values
from suixin.data.catalog.models import Resource, ResourceGroup, UpdateCycle
from suixin.data.lake.models import Batch
from suixin.data.opening import finding, rules
from suixin.data.opening.errors import UnknownDataset
from suixin.data.opening.models import Dataset, DatasetQuerySet, Distribution
from suixin.data.quality.correcting import score_of
from suixin.ground.search import finding as finding_search
from suixin.kit.actor import SYSTEM

FACETS = {"theme": "主题", "provider": "提供单位", "format": "格式", "cycle": "更新周期"}
SORTS = {"updated": "-updated_at", "title": "title", "rows": "-rows"}
RELEVANCE, MAX_RANKED = "relevance", 200


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet with the number of datasets that have it."""

    value: str
    label: str
    count: int
    is_chosen: bool


def find_datasets(
    words: str = "", chosen: Mapping[str, str] | None = None, *, sort: str = "updated", lineage: str = ""
) -> DatasetQuerySet:
    """Published datasets that answer every word and match every chosen facet (keys of FACETS), in a subtree of providers.

    `sort` is a key of SORTS, or `relevance`: the best answers first.
    """
    found = Dataset.objects.published()
    if lineage:
        found = found.filter(pk__in=Distribution.objects.filter(resource__provider__lineage__startswith=lineage).values("dataset"))
    keys = finding_search.keys(finding.PUBLIC, words) if words.strip() else []
    if words.strip():
        found = found.filter(slug__in=keys)
    for facet, value in (chosen or {}).items():
        if value and facet in FACETS:
            found = found.filter(_facet_filter(facet, value))
    if sort == RELEVANCE and keys:
        places = [When(slug=slug, then=Value(place)) for place, slug in enumerate(keys[:MAX_RANKED])]
        return found.order_by(Case(*places, default=Value(MAX_RANKED)), "-updated_at", "slug")
    return found.order_by(SORTS.get(sort, "-updated_at"), "slug")


def facets(
    words: str = "", chosen: Mapping[str, str] | None = None, *, lineage: str = ""
) -> dict[str, list[FacetValue]]:
    """Every facet with its values, counted under the words and the other facets' choices, in a subtree of providers."""
    chosen = dict(chosen or {})
    return {facet: _values(facet, find_datasets(words, _but(chosen, facet), lineage=lineage), chosen) for facet in FACETS}


def resource_of(slug: str) -> Resource:
    """The resource at `/dataset/<slug>`: a dataset's (first) table, or one table of a group by its own name.

    Raises UnknownDataset.
    """
    found = find_resource(slug)
    if found is None:
        raise UnknownDataset(f"没有开放数据集“{slug}”;请到 /datasets 查看全部开放数据。")
    return found


def find_resource(slug: str) -> Resource | None:
    """As `resource_of`, None when there is none."""
    is_open = Resource.objects.filter(distribution__dataset__state="published").select_related("provider")
    first = is_open.filter(distribution__dataset__slug=slug).order_by("distribution__position").first()
    return first or is_open.filter(table=slug.replace("-", "_")).first()


def dataset_by(slug: str) -> Dataset:
    """The published dataset of that address. Raises UnknownDataset."""
    found = Dataset.objects.published().filter(slug=slug).first()
    if found is None:
        raise UnknownDataset(f"没有开放数据集“{slug}”;请到 /datasets 查看全部开放数据。")
    return found


def _facet_filter(facet: str, value: str) -> Q:
    match facet:
        case "theme":
            return Q(theme=value)
        case "provider":
            return Q(provider_name=value)
        case "cycle":
            return Q(update_cycle=value)
        case _:
            return Q(search_text__contains=f"format:{value.lower()} ")


def _but(chosen: Mapping[str, str], facet: str) -> dict[str, str]:
    return {key: value for key, value in chosen.items() if key != facet}


def _values(facet: str, found: DatasetQuerySet, chosen: Mapping[str, str]) -> list[FacetValue]:
    counts: Counter[str] = Counter()
    for row in found.values_list("theme", "provider_name", "formats", "update_cycle"):
        match facet:
            case "theme":
                counts[row[0]] += 1
            case "provider":
                counts[row[1]] += 1
            case "format":
                counts.update(row[2])
            case _:
                counts[row[3]] += 1
    labels = dict(UpdateCycle.choices) if facet == "cycle" else {}
    return [
        FacetValue(value, labels.get(value, value), count, chosen.get(facet) == value)
        for value, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if value
    ]


def faults_of(resource: Resource) -> list[str]:
    """Sentences on what forbids opening the resource as it stands; empty when it may be opened."""
    newest = Batch.objects.landed().whole().filter(resource=resource).order_by("-id").first()
    score = score_of(newest) if newest is not None else None
    faults = rules.faults_of(resource.contract, rows=versions.row_count(resource.table))
    return faults + rules.faults_of_score(score, gate=settings.SUIXIN.quality_gate)


def faults_of_text(resource: Resource, *, batch: int | None = None) -> list[str]:
    """Sentences on personal values in the resource's text, in all rows or in those of one batch; reads the table."""
    return rules.faults_of_text(text_of(resource, batch=batch))


def text_of(resource: Resource, *, batch: int | None = None) -> list[Found]:
    """Personal values in the resource's text, of every kind, by column."""
    plan = open_plan(SYSTEM, resource, door=Door.COMPUTE)
    return personal_values(plan, versions.pinned(resource.table), batch=batch)


def openable_tables(group: ResourceGroup) -> list[Resource]:
    """The tables of a group that may be open, by title."""
    return [r for r in group.resources.filter(state="published").order_by("title", "pk") if not faults_of(r)]
