"""What the page of a dataset of many tables shows: its tables, found by words, each with its own page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access import versions
from suixin.data.catalog.models import Item, Resource
from suixin.data.opening.models import Dataset, Distribution
from suixin.site.shell.components import Cell, Column, Pages, Table
from suixin.site.shell.queries.cards import cycle_name
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE = 50
MAX_WORDS = 10


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One page of the tables of a dataset; `total` counts them all, found or not."""

    dataset: Dataset
    words: str
    tables: Table
    pages: Pages
    total: int
    facts: Sequence[tuple[str, str]]


def is_group(dataset: Dataset, slug: str) -> bool:
    """Whether `slug` is the address of a dataset of several tables, not of one table of it."""
    return dataset.group_id is not None and dataset.slug == slug


def group_page(dataset: Dataset, parameters: QueryDict) -> GroupPage:
    """The tables of the dataset under the request's parameters: `q` (title or item), `page`."""
    words = parameters.get("q", "").strip()[:200]
    every = Resource.objects.filter(distribution__dataset=dataset)
    found = every
    for part in list(dict.fromkeys(words.split()))[:MAX_WORDS]:
        of_items = Item.objects.filter(name__icontains=part).values("resource")
        found = found.filter(Q(title__icontains=part) | Q(pk__in=of_items))
    chosen = found.select_related("distribution__dataset").order_by("distribution__position")
    resources, pages = page_of(chosen, parameters, size=PAGE_SIZE)
    items = dict(Resource.objects.filter(pk__in=[r.pk for r in resources]).values_list("pk").annotate(Count("items")))
    columns = (
        Column(gettext("数据表")), Column(gettext("行数"), is_numeric=True), Column(gettext("信息项"), is_numeric=True),
        Column(gettext("更新时间")),
    )
    rows = [
        (Cell(r.title, reverse("dataset", args=[address_of(r)])), Cell(number(versions.row_count(r.table))),
         Cell(number(items[r.pk])), Cell(moment(r.updated_at)))
        for r in resources
    ]
    table = Table(gettext("本数据集的数据表"), columns, rows, gettext("没有符合条件的数据表，请换个说法。"))
    return GroupPage(dataset, words, table, pages, every.count(), _facts(dataset))


def address_of(resource: Resource) -> str:
    """The address of one table: its own when it is one of a group, else that of its dataset."""
    distribution: Distribution | None = getattr(resource, "distribution", None)
    if distribution is not None and distribution.dataset.group_id is None:
        return distribution.dataset.slug
    return resource.table.replace("_", "-")


def _facts(dataset: Dataset) -> list[tuple[str, str]]:
    return [
        (gettext("提供单位"), dataset.provider_name), (gettext("主题"), word(dataset.theme)),
        (gettext("更新周期"), cycle_name(dataset.update_cycle) or word("不定期")), (gettext("数据量"), number(dataset.rows)),
        (gettext("开放时间"), moment(dataset.published_at)), (gettext("更新时间"), moment(dataset.updated_at)),
        (gettext("关键词"), "、".join(dataset.keywords)), (gettext("利用许可"), dataset.licence),
    ]
