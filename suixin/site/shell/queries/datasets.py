"""What the list of open datasets shows: cards, facets, choices, pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext

from suixin.data.catalog.models import OpenType
from suixin.data.opening import queries as opening
from suixin.data.opening.models import DatasetQuerySet
from suixin.ground.people.models import Organisation
from suixin.site.shell.components import Facet, FacetValue, Pages
from suixin.site.shell.queries.bureaus import lineage_of
from suixin.site.shell.queries.cards import DatasetCard, cards_of
from suixin.site.shell.queries.links import page_of, with_parameter
from suixin.site.shell.words import word

PAGE_SIZE = 20
OPEN_TYPE = "open"


@dataclass(frozen=True, slots=True)
class Choice:
    """One chosen filter and the address without it."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class DatasetList:
    """One page of the list of datasets. `sorts`: label, address, whether it is the present one."""

    words: str
    cards: Sequence[DatasetCard]
    facets: Sequence[Facet]
    chosen: Sequence[Choice]
    sorts: Sequence[tuple[str, str, bool]]
    pages: Pages
    kept: Sequence[tuple[str, str]]


def dataset_list(parameters: QueryDict, *, bureau: Organisation | None = None) -> DatasetList:
    """The list under the request's parameters: `q`, the facets of opening, `open`, `sort`, `page`; of one bureau, or all."""
    lineage = lineage_of(bureau) if bureau else ""
    words = parameters.get("q", "").strip()[:200]
    chosen = {name: parameters.get(name, "") for name in opening.FACETS}
    sort = parameters.get("sort", opening.RELEVANCE if words else "updated")
    found = opening.find_datasets(words, chosen, sort=sort, lineage=lineage)
    open_type = parameters.get(OPEN_TYPE, "")
    if open_type:
        found = found.filter(distributions__resource__open_type=open_type).distinct()
    datasets, pages = page_of(found, parameters, size=PAGE_SIZE)
    counted = opening.facets(words, chosen, lineage=lineage)
    every = opening.find_datasets(words, chosen, lineage=lineage)
    facets = [*_facets(counted, parameters), _open_facet(every, parameters)]
    return DatasetList(
        words=words, cards=cards_of(datasets, words), facets=facets, chosen=_choices(words, facets, parameters),
        sorts=_sorts(sort, parameters, has_words=bool(words)), pages=pages,
        kept=[(name, value) for name in (*opening.FACETS, OPEN_TYPE, "sort") if (value := parameters.get(name, ""))],
    )


def _facets(counted: Mapping[str, Sequence[opening.FacetValue]], parameters: QueryDict) -> list[Facet]:
    return [
        Facet(name, word(opening.FACETS[name]), [
            FacetValue(
                label=value.label.upper() if name == "format" else word(value.label), count=value.count,
                is_active=value.is_chosen, href=with_parameter(parameters, name, "" if value.is_chosen else value.value),
            )
            for value in values
        ])
        for name, values in counted.items()
    ]


def _open_facet(found: DatasetQuerySet, parameters: QueryDict) -> Facet:
    here = parameters.get(OPEN_TYPE, "")
    values = []
    for value, label in OpenType.choices:
        count = found.filter(distributions__resource__open_type=value).distinct().count()
        if count:
            href = with_parameter(parameters, OPEN_TYPE, "" if here == value else value)
            values.append(FacetValue(word(str(label)), count, href, here == value))
    return Facet(OPEN_TYPE, gettext("开放类型"), values)


def _choices(words: str, facets: Sequence[Facet], parameters: QueryDict) -> list[Choice]:
    chosen = [Choice(f"{facet.title}: {facet.active.label}", facet.active.href) for facet in facets if facet.active]
    if words:
        chosen.insert(0, Choice(f"“{words}”", with_parameter(parameters, "q", "")))
    return chosen


def _sorts(sort: str, parameters: QueryDict, *, has_words: bool) -> list[tuple[str, str, bool]]:
    best = {opening.RELEVANCE: gettext("最相关")} if has_words else {}
    labels = best | {"updated": gettext("最近更新"), "title": gettext("名称"), "rows": gettext("数据量")}
    return [(label, with_parameter(parameters, "sort", name), name == sort) for name, label in labels.items()]
