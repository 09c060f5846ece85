"""The public's JSON door to datasets: a paged list, and one dataset with items, versions and downloads."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from suixin.data.access import plans, versions
from suixin.data.access.models import Door
from suixin.data.catalog.contract import ItemSpec
from suixin.data.catalog.models import Resource
from suixin.data.doors.downloads import rest
from suixin.data.lake.models import Batch
from suixin.data.opening import queries
from suixin.data.opening.answers import Fault, Links, Meta
from suixin.data.opening.models import Dataset
from suixin.kit.actor import PUBLIC
from suixin.kit.errors import NotAllowed, NotFound, SuixinError

router = Router(tags=["datasets"])
MAX_PAGE = 200
SHOWN_VERSIONS = 100
SLUG = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,119}$", description="数据集标识")]


class ListQuery(Schema):
    """What the list may be asked for; unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field("", max_length=200, description="检索词,空格分隔,全部命中;可用拼音、首字母,容错一两个字")
    theme: str = Field("", max_length=64, description="主题")
    provider: str = Field("", max_length=200, description="提供单位")
    format: str = Field("", max_length=16, description="下载格式")
    cycle: str = Field("", max_length=2, description="更新周期代码")
    sort: Literal["updated", "title", "rows", "relevance"] = Field("updated", description="排序")
    page: int = Field(1, ge=1, le=100_000, description="页码,从 1 起")
    page_size: int = Field(20, ge=1, le=MAX_PAGE, description="每页条数")


class DatasetLine(Schema):
    """A dataset in the list."""

    slug: str
    title: str
    description: str
    provider: str
    theme: str
    licence: str
    formats: list[str]
    rows: int
    is_simulated: bool
    published_at: str
    updated_at: str
    url: str


class DatasetPage(Schema):
    """One page of datasets."""

    data: list[DatasetLine]
    links: Links
    meta: Meta


class ItemOut(Schema):
    """One item of a table."""

    field: str
    name: str
    type: str
    length: int | None
    scale: int | None
    unit: str
    is_key: bool
    code_set: str
    level: int
    level_title: str
    is_sealed: bool
    description: str


class VersionOut(Schema):
    """One version: the batch that made it."""

    version: int
    at: str
    file: str
    sm3: str
    rows_in: int
    accepted: int
    rejected: int


class DownloadOut(Schema):
    """One download; size and digest are null until the file was made for this version."""

    format: str
    url: str
    size: int | None
    sha256: str | None


class TableOut(Schema):
    """One table of a dataset; `versions` are the newest 100 of `versions_total`."""

    table: str
    title: str
    resource_code: str
    rows: int
    rows_url: str
    items: list[ItemOut]
    versions: list[VersionOut]
    versions_total: int
    downloads: list[DownloadOut]


class DatasetOut(DatasetLine):
    """A dataset whole; `items`, `versions`, `downloads` are those of its first table."""

    items: list[ItemOut]
    versions: list[VersionOut]
    downloads: list[DownloadOut]
    tables: list[TableOut]


ERRORS: dict[int, type[Schema]] = {400: Fault, 403: Fault, 404: Fault}


@router.get(
    "/datasets", response={200: DatasetPage, 400: Fault}, operation_id="list_datasets", summary="开放数据集列表"
)
def list_datasets(request: HttpRequest, query: Query[ListQuery]) -> dict[str, Any]:  # Any: JSON, checked by the schema
    """A page of published datasets, newest first unless `sort` says otherwise."""
    chosen = {"theme": query.theme, "provider": query.provider, "format": query.format, "cycle": query.cycle}
    found = queries.find_datasets(query.q, chosen, sort=query.sort)
    total = found.count()
    start = (query.page - 1) * query.page_size
    lines = [_line(dataset) for dataset in found[start : start + query.page_size]]
    return {
        "data": lines,
        "links": {"next": _next(request, query.page) if start + query.page_size < total else None},
        "meta": {"page_size": query.page_size, "total": total},
    }


@router.get("/datasets/{slug}", response={200: DatasetOut, **ERRORS}, operation_id="show_dataset", summary="数据集详情")
def show_dataset(request: HttpRequest, slug: SLUG) -> dict[str, Any]:  # Any: JSON, checked by the schema
    """One published dataset: metadata, items, versions, downloads of each of its tables that the public may download."""
    dataset = queries.dataset_by(slug)
    resources = [d.resource for d in dataset.distributions.select_related("resource", "resource__provider")]
    tables: list[dict[str, Any]] = []  # Any: JSON
    refusals: list[SuixinError] = []
    for resource in resources:
        try:
            tables.append(_table(slug if len(resources) == 1 else resource.table.replace("_", "-"), resource))
        except (NotAllowed, NotFound) as refusal:
            refusals.append(refusal)
    if not tables:
        raise refusals[0] if refusals else NotFound(f"数据集“{dataset.title}”没有数据表。")
    first = tables[0]
    return {**_line(dataset), **{name: first[name] for name in ("items", "versions", "downloads")}, "tables": tables}


def _line(dataset: Dataset) -> dict[str, Any]:  # Any: JSON
    return {
        "slug": dataset.slug,
        "title": dataset.title,
        "description": dataset.description,
        "provider": dataset.provider_name,
        "theme": dataset.theme,
        "licence": dataset.licence,
        "formats": dataset.formats,
        "rows": dataset.rows,
        "is_simulated": dataset.is_simulated,
        "published_at": dataset.published_at.isoformat(),
        "updated_at": dataset.updated_at.isoformat(),
        "url": f"/dataset/{dataset.slug}",
    }


def _table(slug: str, resource: Resource) -> dict[str, Any]:  # Any: JSON
    plan = plans.open_plan(PUBLIC, resource, door=Door.DOWNLOAD)
    batches = Batch.objects.landed().filter(resource=resource)
    return {
        "table": resource.table,
        "title": resource.title,
        "resource_code": resource.code,
        "rows": versions.row_count(resource.table),
        "rows_url": f"/api/v1/datasets/{slug}/rows",
        "items": [_item(column.item) for column in plan.columns],
        "versions": [_version(batch) for batch in batches[:SHOWN_VERSIONS]],
        "versions_total": batches.count(),
        "downloads": rest.describe(plan, slug=slug, resource_id=resource.table),
    }


def _item(item: ItemSpec) -> dict[str, Any]:  # Any: JSON
    names = ("field", "name", "length", "scale", "unit", "is_key", "code_set", "is_sealed", "description")
    return {name: getattr(item, name) for name in names} | {
        "type": item.type.value, "level": int(item.level), "level_title": item.level.title,
    }


def _version(batch: Batch) -> dict[str, Any]:  # Any: JSON
    return {
        "version": batch.table_version,
        "at": batch.created_at.isoformat(),
        "file": batch.file_name,
        "sm3": batch.sm3,
        "rows_in": batch.rows_in,
        "accepted": batch.accepted,
        "rejected": batch.rejected,
    }


def _next(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page + 1)
    return f"{request.path}?{query.urlencode()}"
