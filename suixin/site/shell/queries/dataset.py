"""What the page of one table of open data shows: metadata, charts, preview, quality, versions, downloads."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access import versions
from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.catalog.models import Resource
from suixin.data.lake.models import Batch
from suixin.data.opening import queries as opening
from suixin.data.opening.models import Dataset
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.site.shell.components import Chart, Crumb, Preview, Score, Table
from suixin.site.shell.queries import drawings
from suixin.site.shell.queries.cards import cycle_name
from suixin.site.shell.queries.downloads import Download, downloads_of
from suixin.site.shell.queries.drawings import Drawings
from suixin.site.shell.queries.shapes import has_place
from suixin.site.shell.queries.tables import batches_table, items_table, preview_of, score_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

VERSIONS = 10


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """One table of open data: a dataset, or a table of a dataset of many, which `group` then leads back to."""

    dataset: Dataset
    resource: Resource
    title: str
    group: Crumb | None
    rows: int
    facts: Sequence[tuple[str, str]]
    items: Table
    preview: Preview
    score: Score
    versions: Table
    drawings: Drawings | None
    shapes: Chart | None
    downloads: Sequence[Download]
    api_url: str
    citation: str
    doubt_href: str


def dataset_page(slug: str, *, actor: Actor, after: str = "", address: str = "", wish: str = "") -> DatasetPage:
    """The page of the published dataset `slug`, drawing the measure `wish`; `address` is the site's own origin.

    Raises UnknownDataset.
    """
    resource = opening.resource_of(slug)
    dataset = resource.distribution.dataset
    title = resource.title if dataset.group_id else dataset.title
    rows = versions.row_count(resource.table) if dataset.group_id else dataset.rows
    batches = list(Batch.objects.landed().filter(resource=resource).order_by("-id")[:VERSIONS])
    return DatasetPage(
        dataset=dataset, resource=resource, title=title, rows=rows,
        group=Crumb(dataset.title, reverse("dataset", args=[dataset.slug])) if dataset.group_id else None,
        facts=_facts(dataset, resource, rows),
        items=items_table(resource.contract), preview=preview_of(resource, actor=actor, after=after),
        score=score_of(batches[0] if batches else None), versions=batches_table(batches),
        drawings=drawings_of(slug, resource, actor=actor, wish=wish), shapes=_shapes(slug, resource, actor=actor),
        downloads=downloads_of(slug, resource), api_url=f"{address}/api/v1/datasets/{slug}/rows",
        doubt_href=reverse("dataset-doubt", args=[slug]),
        citation=f"{dataset.provider_name}. {title}. {moment(dataset.updated_at)[:10]}. {address}{reverse('dataset', args=[slug])}",
    )


def dataset_preview(slug: str, *, actor: Actor, after: str = "") -> Preview:
    """Only the preview, for a page that is there already. Raises UnknownDataset."""
    return preview_of(opening.resource_of(slug), actor=actor, after=after)


def drawings_of(slug: str, resource: Resource, *, actor: Actor, wish: str = "", only: str = "") -> Drawings | None:
    """The charts that the table's columns allow, None when there is none or it may not be read."""
    try:
        plan = open_plan(actor, resource, door=Door.PAGE)
        snapshot = versions.pinned(resource.table)
        return drawings.draw(plan, snapshot, title=resource.title, slug=slug, wish=wish, only=only)
    except SuixinError:  # the preview says why; a page without a chart is still the page
        return None


def _shapes(slug: str, resource: Resource, *, actor: Actor) -> Chart | None:
    if not has_place(resource, actor=actor):
        return None
    src = reverse("dataset-shapes", args=[slug])
    title = gettext("%(title)s：位置") % {"title": resource.title}
    return Chart("shapes", title, src, regions_src=reverse("city-outlines"), note=gettext("最多显示前 2,000 个位置。"))


def _facts(dataset: Dataset, resource: Resource, rows: int) -> list[tuple[str, str]]:
    return [
        (gettext("提供单位"), dataset.provider_name), (gettext("信息资源代码"), resource.code),
        (gettext("主题"), word(dataset.theme)), (gettext("更新周期"), cycle_name(dataset.update_cycle) or word("不定期")),
        (gettext("开放类型"), word(resource.get_open_type_display())), (gettext("数据量"), number(rows)),
        (gettext("开放时间"), moment(dataset.published_at)), (gettext("更新时间"), moment(dataset.updated_at)),
        (gettext("关键词"), "、".join(dataset.keywords)), (gettext("来源与许可"), resource.source_note),
        (gettext("利用许可"), dataset.licence),
    ]
