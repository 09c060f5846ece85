"""The public's JSON door to items: guides found by words and facets, one guide as of now, of a past date or of a version."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from suixin.data.opening.answers import Fault, Links, Meta
from suixin.ground.search import finding as search
from suixin.kit import clock
from suixin.services.items import finding, queries
from suixin.services.items.errors import UnknownItem
from suixin.services.items.exchange.bringing import exchanged, facts_of
from suixin.services.items.models import ItemVersion, TierChoice
from suixin.services.items.stated import text_of
from suixin.services.items.worded import limit

router = Router(tags=["items"])
MAX_PAGE = 100
PATH = "/api/v1/items"
CODE = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,36}$", description="实施编码")]


class ItemsQuery(Schema):
    """What items may be asked for; unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field("", max_length=200, description="怎么说就怎么搜;可用拼音、首字母、同义词,容错一两个字")
    life: str = Field("", max_length=2, description="人生事项代码")
    stage: str = Field("", max_length=2, description="企业阶段代码")
    person: str = Field("", max_length=2, description="自然人主题代码")
    firm: str = Field("", max_length=2, description="法人主题代码")
    department: str = Field("", max_length=60, description="实施主体标识")
    type: str = Field("", max_length=2, description="事项类型代码")
    online: str = Field("", max_length=1, description="1 可以网办,0 不可以")
    state: str = Field("", max_length=1, description="1 在用,2 暂停,3 取消")
    page: int = Field(1, ge=1, le=100_000, description="页码,从 1 起")
    page_size: int = Field(20, ge=1, le=MAX_PAGE, description="每页条数")


class VersionQuery(Schema):
    """Which version is asked for: of a date, or by number; without either the one in force now."""

    model_config = ConfigDict(extra="forbid")
    at: date | None = Field(None, description="某一天有效的版本")
    version: int | None = Field(None, ge=1, le=100_000, description="版本号")


class ItemLine(Schema):
    """One item in the list."""

    code: str
    name: str
    department: str
    summary: str
    promise: str
    statutory: str
    state: str
    url: str


class ItemsPage(Schema):
    """One page of items, best first; facets are counted under the question and the other facets' choices."""

    data: list[ItemLine]
    facets: dict[str, dict[str, int]]
    links: Links
    meta: Meta


class ServiceItemOut(Schema):
    """One item as of one version; `elements` in the names of the national exchange."""

    code: str
    name: str
    department: str
    state: str
    version: int
    digest: str
    valid_from: str
    valid_until: str | None
    versions: list[int]
    url: str
    elements: dict[str, Any]  # Any: by element text, number, flag, list


@router.get("/items", response={200: ItemsPage, 400: Fault}, operation_id="search_items", summary="检索办事指南")
def search_items(request: HttpRequest, query: Query[ItemsQuery]) -> dict[str, Any]:  # Any: JSON, checked by the schema
    """A page of guides, the same as `/guides/` shows."""
    chosen = {name: [value] for name in finding.FACETS if (value := getattr(query, name))}
    start = (query.page - 1) * query.page_size
    found = search.search(finding.PUBLIC, query.q, chosen=chosen, start=start, size=query.page_size)
    held = {one.item.code: one for one in ItemVersion.objects.at(clock.now()).select_related("item").filter(
        item__code__in=[one.key for one in found.documents])}
    following = urlencode(query.model_dump(exclude_defaults=True) | {"page": query.page + 1})
    return {
        "data": [_line(held[one.key], one.abstract) for one in found.documents if one.key in held],
        "facets": {name: dict(found.facets.get(name, {})) for name in finding.FACETS},
        "links": {"next": f"{PATH}?{following}" if start + query.page_size < found.total else None},
        "meta": {"page_size": query.page_size, "total": found.total},
    }


@router.get("/items/{code}", response={200: ServiceItemOut, 400: Fault, 404: Fault}, operation_id="show_item", summary="一个事项的办事指南")
def show_item(request: HttpRequest, code: CODE, query: Query[VersionQuery]) -> dict[str, Any]:  # Any: as above
    """One guide: of now, of a date, or of a version."""
    item = queries.item_by(code)
    if query.version is not None:
        version = item.versions.filter(number=query.version).first()
    else:
        version = queries.version_on(item, query.at) if query.at else queries.version_at(item, clock.now())
    if version is None or item.tier == TierChoice.BASIC:
        raise UnknownItem(f"事项“{code}”没有这一版办事指南；请去掉 at、version，或换一个。")
    return {
        "code": item.code, "name": text_of(version.content, "task_name"), "department": version.department, "state": version.state,
        "version": version.number, "digest": version.digest, "valid_from": version.valid_from.isoformat(),
        "valid_until": version.valid_until.isoformat() if version.valid_until else None,
        "versions": list(item.versions.values_list("number", flat=True)), "url": f"/guides/{item.code}",
        "elements": {**exchanged(version.content), "taskCode": item.code, "catalogCode": facts_of(item)["catalogCode"]},
    }


def _line(version: ItemVersion, summary: str) -> dict[str, Any]:  # Any: as above
    content = version.content
    return {
        "code": version.item.code, "name": text_of(content, "task_name"), "department": version.department, "summary": summary,
        "promise": limit(content, "promise"), "statutory": limit(content, "anticipate"), "state": version.state,
        "url": f"/guides/{version.item.code}",
    }
