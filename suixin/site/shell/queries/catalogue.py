"""What the public catalogue shows: every published resource, open or not, and how to ask for those that are not."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Item, OpenType, Resource, ResourceQuerySet, ResourceState
from suixin.data.catalog.queries import resource_by
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Facet, FacetValue, Pages, Table
from suixin.site.shell.queries.cards import cycle_name
from suixin.site.shell.queries.links import page_of, with_parameter
from suixin.site.shell.queries.tables import items_table, level_cell
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import mask, word

PAGE_SIZE = 30
MAX_WORDS = 10
SORTS = {"title": "title", "provider": "provider__name", "level": "level", "code": "code"}


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """One page of the catalogue."""

    words: str
    table: Table
    facets: Sequence[Facet]
    pages: Pages


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One entry; `dataset_href` is empty when the resource is not open."""

    resource: Resource
    facts: Sequence[tuple[str, str]]
    items: Table
    dataset_href: str
    reasons: Sequence[str]
    protected: Table
    gateway: str


def catalogue_page(parameters: QueryDict) -> CataloguePage:
    """The catalogue under the request's parameters: `q`, `provider`, `level`, `open`, `sort`, `page`."""
    words = parameters.get("q", "").strip()[:200]
    found = _found(words)
    facets = [_providers(found, parameters), _levels(found, parameters), _openness(found, parameters)]
    sort = parameters.get("sort", "code")
    field = SORTS.get(sort.lstrip("-"), "code")
    chosen = _narrowed(found, parameters).select_related("provider", "distribution__dataset")
    resources, pages = page_of(chosen.order_by(("-" if sort.startswith("-") else "") + field, "pk"), parameters, size=PAGE_SIZE)
    return CataloguePage(words, _table(resources, sort), facets, pages)


def catalogue_entry(table: str) -> CatalogueEntry:
    """One published entry. Raises NotFound."""
    resource = resource_by(table)
    if resource.state != ResourceState.PUBLISHED:
        raise NotFound(f"目录“{table}”尚未发布；请到 /catalogue 查看已发布的目录。")
    contract = resource.contract
    gateway = f"/gateway/{resource.table}/lookup" if resource.has_lookup else ""
    return CatalogueEntry(
        resource, _facts(resource), items_table(contract), _dataset_href(resource), _reasons(resource), _protected(contract), gateway,
    )


def _reasons(resource: Resource) -> list[str]:
    """Why the resource is not open: its level, its owner's decision, the condition; one sentence each."""
    level = level_cell(resource.level).text
    reasons = [gettext("数据分级为 %(level)s；只有 L1 一级的数据可以向社会开放。") % {"level": level}] if resource.level > 1 else []
    if resource.open_type != OpenType.UNCONDITIONAL:
        reasons.append(gettext("提供单位确定的开放类型是“%(type)s”。") % {"type": word(resource.get_open_type_display())})
    if resource.open_condition:
        reasons.append(gettext("开放条件：%(text)s") % {"text": resource.open_condition})
    return reasons or [gettext("目录已发布，数据还没有开放。")]


def _protected(contract: Contract) -> Table:
    """Items above level 1 or masked, with their masks."""
    columns = (Column(gettext("信息项")), Column(gettext("分级")), Column(gettext("共享时")))
    rows = [
        (Cell(item.name), level_cell(int(item.level)), Cell(mask(item.mask) if item.mask else gettext("按授权提供")))
        for item in contract.items if item.mask or int(item.level) > 1
    ]
    return Table(gettext("需要保护的信息项"), columns, rows)


def _found(words: str) -> ResourceQuerySet:
    found = Resource.objects.published()
    for part in list(dict.fromkeys(words.split()))[:MAX_WORDS]:
        of_items = Item.objects.filter(name__icontains=part).values("resource")
        found = found.filter(Q(title__icontains=part) | Q(abstract__icontains=part) | Q(provider__name__icontains=part)
                             | Q(pk__in=of_items))
    return found


def _narrowed(found: ResourceQuerySet, parameters: QueryDict) -> ResourceQuerySet:
    if provider := parameters.get("provider", ""):
        found = found.filter(provider__slug=provider)
    if (level := parameters.get("level", "")).isdecimal():
        found = found.filter(level=int(level[:2]))
    if open_type := parameters.get("open", ""):
        found = found.filter(open_type=open_type)
    return found


def _providers(found: ResourceQuerySet, parameters: QueryDict) -> Facet:
    counts = found.order_by().values_list("provider__slug", "provider__name").annotate(n=Count("pk", distinct=True))
    rows = [(slug, name, n) for slug, name, n in counts.order_by("-n", "provider__name")[:40]]
    return _facet("provider", gettext("提供单位"), rows, parameters)


def _levels(found: ResourceQuerySet, parameters: QueryDict) -> Facet:
    counts = found.order_by().values_list("level").annotate(n=Count("pk", distinct=True)).order_by("level")
    return _facet("level", gettext("数据分级"), [(str(level), f"L{level}", n) for level, n in counts], parameters)


def _openness(found: ResourceQuerySet, parameters: QueryDict) -> Facet:
    labels = dict(OpenType.choices)
    counts = found.order_by().values_list("open_type").annotate(n=Count("pk", distinct=True)).order_by("open_type")
    rows = [(value, word(str(labels.get(value, value))), n) for value, n in counts]
    return _facet("open", gettext("开放类型"), rows, parameters)


def _facet(name: str, title: str, rows: Sequence[tuple[str, str, int]], parameters: QueryDict) -> Facet:
    here = parameters.get(name, "")
    return Facet(name, title, [
        FacetValue(label, count, with_parameter(parameters, name, "" if value == here else value), value == here)
        for value, label, count in rows
    ])


def _table(resources: Sequence[Resource], sort: str) -> Table:
    columns = (
        Column(gettext("资源名称"), sort="title"), Column(gettext("信息资源代码"), sort="code", is_code=True),
        Column(gettext("提供单位"), sort="provider"), Column(gettext("分级"), sort="level"), Column(gettext("共享属性")),
        Column(gettext("开放属性")), Column(gettext("更新周期")),
    )
    rows = [
        (Cell(r.title, reverse("catalogue-entry", args=[r.table])), Cell(r.code), Cell(r.provider.name), level_cell(r.level),
         Cell(word(r.get_share_type_display())), Cell(_open_text(r), _dataset_href(r)), Cell(word(r.get_update_cycle_display())))
        for r in resources
    ]
    return Table(gettext("资源目录"), columns, rows, gettext("没有符合条件的资源，请放宽条件。"), sort)


def _open_text(resource: Resource) -> str:
    return gettext("已开放") if _dataset_href(resource) else word(resource.get_open_type_display())


def _dataset_href(resource: Resource) -> str:
    distribution = getattr(resource, "distribution", None)
    if distribution is None or distribution.dataset.state != "published":
        return ""
    return reverse("dataset", args=[distribution.dataset.slug])


def _facts(resource: Resource) -> list[tuple[str, str]]:
    return [
        (gettext("信息资源代码"), resource.code), (gettext("提供单位"), resource.provider.name),
        (gettext("提供单位代码"), resource.provider.uscc), (gettext("主题"), word(resource.theme)),
        (gettext("数据分类"), resource.data_class), (gettext("更新周期"), cycle_name(resource.update_cycle) or word("不定期")),
        (gettext("共享类型"), word(resource.get_share_type_display())), (gettext("共享条件"), resource.share_condition),
        (gettext("开放类型"), word(resource.get_open_type_display())), (gettext("开放条件"), resource.open_condition),
        (gettext("发布日期"), moment(resource.publish_date)), (gettext("来源与许可"), resource.source_note),
    ]
