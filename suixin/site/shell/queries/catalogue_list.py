"""What the list of the public catalogue shows: every published resource, found by words, narrowed by facets.

Words    through the index (ground/search), best first unless a sort was chosen; what answers is marked
No words every resource, by code
Facets   counted by the index under the words and the other facets' choices
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog import finding
from suixin.data.catalog.contract import Level
from suixin.data.catalog.models import OpenType, Resource, ResourceQuerySet, ResourceState, ShareType, UpdateCycle
from suixin.data.sharing.cascade.finding import PLATFORM
from suixin.ground.people.models import Organisation
from suixin.ground.search import finding as search
from suixin.ground.search.asking import Question
from suixin.ground.search.marking import matching, pieces
from suixin.site.shell.components import Cell, Column, Facet, FacetValue, Pages, Table
from suixin.site.shell.queries import remote_entries
from suixin.site.shell.queries.catalogue import dataset_href
from suixin.site.shell.queries.links import choices_of, page_of, pages_at
from suixin.site.shell.queries.tables import level_cell
from suixin.site.shell.words import word

PAGE_SIZE = 30
JOINED = ("provider", "distribution__dataset")
MAX_VALUES = 40
SORTS = {"title": "title", "provider": "provider__name", "level": "level", "code": "code"}
COLUMNS = {"provider": "provider__slug", "theme": "theme", "level": "level", "share": "share_type", "open": "open_type",
           "cycle": "update_cycle", "format": "format_type"}


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """One page of the catalogue; `kept` are the choices that another search keeps."""

    words: str
    table: Table
    facets: Sequence[Facet]
    pages: Pages
    kept: Sequence[tuple[str, str]]
    elsewhere: Table | None = None

    @property
    def has_choices(self) -> bool:
        """Whether there is anything to choose by."""
        return bool(self.table.rows or self.kept) or any(facet.name == PLATFORM for facet in self.facets)


def catalogue_page(parameters: QueryDict) -> CataloguePage:
    """The catalogue under the request's parameters: `q`, the facets of the index, `sort`, `page`."""
    words = parameters.get("q", "").strip()[:200]
    chosen = {name: value for name in finding.FACETS if (value := parameters.get(name, "")[:200])}
    sort = parameters.get("sort", "")
    if platform := parameters.get(PLATFORM, "")[:40]:
        return _of_platform(words, platform, parameters)
    if words and sort.lstrip("-") not in SORTS:
        found, resources, pages = _best_first(words, chosen, parameters)
    else:
        found = search.search(finding.PUBLIC, words, chosen=_lists(chosen), size=0)
        resources, pages = page_of(_sorted(words, chosen, sort or "code"), parameters, size=PAGE_SIZE)
    facets = _facets(found.facets, chosen, parameters)
    if (platforms := remote_entries.platform_facet(words, parameters, ours=found.total)) is not None:
        facets.insert(0, platforms)
    return CataloguePage(
        words, _table(resources, sort, found.question), facets, pages,
        [(name, value) for name in (*finding.FACETS, "sort") if (value := parameters.get(name, ""))],
        remote_entries.found_elsewhere(words) if pages.number == 1 and not chosen else None,
    )


def _of_platform(words: str, platform: str, parameters: QueryDict) -> CataloguePage:
    """The entries of another platform that answer."""
    ours = search.search(finding.PUBLIC, words, size=0).total
    facet = remote_entries.platform_facet(words, parameters, ours=ours)
    table, pages = remote_entries.found_at(words, platform, parameters, size=PAGE_SIZE)
    return CataloguePage(words, table, [facet] if facet else [], pages, [(PLATFORM, platform)])


def _best_first(words: str, chosen: Mapping[str, str], parameters: QueryDict) -> tuple[search.Found, Sequence[Resource], Pages]:
    asked = max(int(page) if (page := parameters.get("page", "")).isdecimal() and len(page) < 7 else 1, 1)
    found = search.search(finding.PUBLIC, words, chosen=_lists(chosen), start=(asked - 1) * PAGE_SIZE, size=PAGE_SIZE)
    pages = pages_at(found.total, parameters, size=PAGE_SIZE)
    if pages.number != asked:  # beyond the last
        found = search.search(finding.PUBLIC, words, chosen=_lists(chosen), start=(pages.number - 1) * PAGE_SIZE, size=PAGE_SIZE)
    # neither filtered by state nor ordered: SQLite would then walk the whole catalogue instead of thirty keys
    shown = Resource.objects.select_related(*JOINED).filter(table__in=[one.key for one in found.documents]).order_by()
    rows = {resource.table: resource for resource in shown if resource.state == ResourceState.PUBLISHED}
    return found, [rows[one.key] for one in found.documents if one.key in rows], pages


def _sorted(words: str, chosen: Mapping[str, str], sort: str) -> ResourceQuerySet:
    found = _shown()
    if words:
        found = found.filter(table__in=search.keys(finding.PUBLIC, words))
    for name, value in chosen.items():
        if name == "level" and not (value.isdecimal() and len(value) == 1):
            return found.none()
        found = found.filter(_of_format(value) if name == "format" else Q(**{COLUMNS[name]: value}))
    field = SORTS.get(sort.lstrip("-"), "code")
    return found.order_by(("-" if sort.startswith("-") else "") + field, "pk")


def _of_format(value: str) -> Q:
    """One of the formats of an entry, of whatever category (`catalog.formats`)."""
    found = Q(format_type__iexact=value) | Q(format_type__istartswith=f"{value}；")
    for before in ("；", "/"):
        found |= Q(format_type__icontains=f"{before}{value}；") | Q(format_type__iendswith=f"{before}{value}")
    return found


def _shown() -> ResourceQuerySet:
    return Resource.objects.published().select_related(*JOINED)


def _lists(chosen: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in chosen.items()}


def _facets(counted: Mapping[str, Mapping[str, int]], chosen: Mapping[str, str], parameters: QueryDict) -> list[Facet]:
    providers = dict(Organisation.objects.filter(slug__in=list(counted.get("provider", ()))).values_list("slug", "name"))
    names: dict[str, tuple[str, Mapping[str, str]]] = {
        "provider": (gettext("提供单位"), providers), "theme": (gettext("主题"), {}),
        "level": (gettext("数据分级"), {str(level.value): level.title for level in Level}),
        "share": (gettext("共享类型"), dict(ShareType.choices)), "open": (gettext("开放类型"), dict(OpenType.choices)),
        "cycle": (gettext("更新周期"), dict(UpdateCycle.choices)), "format": (gettext("资源格式"), {}),
    }
    made = []
    for name, (title, labels) in names.items():
        here = chosen.get(name, "")
        address = choices_of(parameters, name)
        values = list(counted.get(name, {}).items())[:MAX_VALUES]
        if name in ("level", "cycle"):
            values.sort()
        made.append(Facet(name, title, [
            FacetValue(word(str(labels.get(value, value))), count, address("" if value == here else value), value == here)
            for value, count in values
        ]))
    return made


def _table(resources: Sequence[Resource], sort: str, asked: Question) -> Table:
    columns = (
        Column(gettext("资源名称"), sort="title"), Column(gettext("信息资源代码"), sort="code", is_code=True),
        Column(gettext("提供单位"), sort="provider"), Column(gettext("分级"), sort="level"), Column(gettext("共享属性")),
        Column(gettext("开放属性")), Column(gettext("更新周期")),
    )
    items = _items(resources) if asked.parts else {}
    rows = [
        (Cell(r.title, reverse("catalogue-entry", args=[r.table]), pieces=pieces(r.title, asked),
              note_pieces=matching(items.get(r.pk, ()), asked)),
         Cell(r.code), Cell(r.provider.name, pieces=pieces(r.provider.name, asked)), level_cell(r.level),
         Cell(word(r.get_share_type_display())), Cell(_open_text(r), dataset_href(r)), Cell(word(r.get_update_cycle_display())))
        for r in resources
    ]
    empty = gettext("没有符合条件的资源，请放宽条件。")
    return Table(gettext("资源目录"), columns, rows, empty, sort, is_cards=True, empty_title=gettext("没有找到"))


def _items(resources: Sequence[Resource]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = Resource.objects.filter(pk__in=[one.pk for one in resources], items__isnull=False)
    for pk, name in rows.order_by("items__position").values_list("pk", "items__name"):
        found.setdefault(pk, []).append(name)
    return found


def _open_text(resource: Resource) -> str:
    return gettext("已开放") if dataset_href(resource) else word(resource.get_open_type_display())
