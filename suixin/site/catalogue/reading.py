"""Entries as programs read them: one with all its metadata, items, versions, differences, impact, code sets.

The public reads entries in force as `/catalogue` shows them; a token reads what its owner may in the console.
"""

from typing import Annotated, Any, Literal  # answers are JSON

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Schema
from pydantic import ConfigDict, Field

from suixin.data.catalog import canon, impact, versions
from suixin.data.catalog.impact import Alteration, Altered
from suixin.data.catalog.models import Resource, ResourceVersion
from suixin.ground.security import policy
from suixin.ground.standards import queries as standards
from suixin.kit.errors import BadRequest, NotFound
from suixin.site.catalogue import documents, schemas
from suixin.site.catalogue.conditions import Answer, caller, conditional
from suixin.site.catalogue.router import refuse_unknown, router
from suixin.site.catalogue.schemas import Faulty

TABLE = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,120}$", description="数据表名")]
NUMBER = Annotated[int, Path(ge=1, le=2_147_483_647, description="目录版本")]
MAX_PAGE, MAX_IMPACT, MAX_CODES = 200, 1_000, 1_000
_READ = {400: Faulty, 401: Faulty, 404: Faulty}


class ListQuery(Schema):
    """Which entries are listed."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["published", "proposed", "withdrawn"] = Field("published", description="状态;未发布的要用访问令牌")
    provider: str = Field("", pattern=r"^[0-9A-Za-z]{0,18}$", description="提供单位信用代码")
    after: str = Field("", pattern=r"^[A-Za-z0-9_-]{0,120}$", description="从这个数据表名之后开始")
    page_size: int = Field(50, ge=1, le=MAX_PAGE, description="每页条数")


class VersionsQuery(Schema):
    """Which versions are listed."""

    model_config = ConfigDict(extra="forbid")
    before: int | None = Field(None, ge=1, le=2_147_483_647, description="只要这个版本之前的")
    page_size: int = Field(20, ge=1, le=100, description="每页条数")


class DiffQuery(Schema):
    """Which two versions are compared; the newest with the one before when nothing is said."""

    model_config = ConfigDict(extra="forbid")
    older: int | None = Field(None, ge=1, le=2_147_483_647, description="较早的版本;不写则为 newer 的前一版")
    newer: int | None = Field(None, ge=1, le=2_147_483_647, description="较新的版本;不写则为最新一版")


class ImpactQuery(Schema):
    """What would go; without items the whole entry."""

    model_config = ConfigDict(extra="forbid")
    item: list[str] = Field(default_factory=list, max_length=500, description="要删除的信息项字段名,可写多个;不写则算撤销整条目录")


@router.get("/catalogue/entries", response={200: schemas.EntryPage, **_READ}, operation_id="list_entries", summary="目录清单")
def list_entries(request: HttpRequest, query: Query[ListQuery]) -> HttpResponse:
    """Entries by table; those that are not in force for the owner of a token only."""
    refuse_unknown(request, ListQuery)
    found = Resource.objects.filter(state=query.state, table__gt=query.after).select_related("provider").order_by("table")
    if query.state != "published":
        policy.require_anywhere(caller(request), "catalog.view")
    if query.provider:
        found = found.filter(provider__uscc=query.provider)
    rows = list(found[: query.page_size + 1])
    shown = rows[: query.page_size]
    following = None
    if len(rows) > query.page_size:
        asked = request.GET.copy()
        asked["after"] = shown[-1].table
        following = f"{request.path}?{asked.urlencode()}"
    return conditional(request, Answer({"data": [_line(one) for one in shown], "links": {"next": following}}))


@router.get("/catalogue/entries/{table}", response={200: schemas.EntryOut, **_READ}, operation_id="show_entry", summary="一条目录")
def show_entry(request: HttpRequest, table: TABLE) -> HttpResponse:
    """One entry; its tag (ETag) is what a change asks for as If-Match."""
    refuse_unknown(request)
    actor = documents.reader_of(request)
    document, tag = documents.entry_document(documents.entry_for(actor, table), actor)
    return conditional(request, Answer(document, headers={"ETag": tag}))


@router.get("/catalogue/entries/{table}/items", response={200: schemas.ItemsOut, **_READ}, operation_id="list_items", summary="信息项")
def list_items(request: HttpRequest, table: TABLE) -> HttpResponse:
    """The items of an entry."""
    refuse_unknown(request)
    actor = documents.reader_of(request)
    resource = documents.entry_for(actor, table)
    items = [canon.item_content(item.spec) for item in resource.items.all()]
    return conditional(request, Answer({"data": documents.content_for(actor, resource, {"items": items})["items"]}))


@router.get(
    "/catalogue/entries/{table}/versions", response={200: schemas.VersionsOut, **_READ}, operation_id="list_versions", summary="目录版本"
)
def list_versions(request: HttpRequest, table: TABLE, query: Query[VersionsQuery]) -> HttpResponse:
    """Versions of an entry, the newest first."""
    refuse_unknown(request, VersionsQuery)
    actor = documents.reader_of(request)
    resource = documents.entry_for(actor, table)
    found = resource.versions.defer("content")
    if query.before is not None:
        found = found.filter(number__lt=query.before)
    rows = list(found[: query.page_size + 1])
    shown = rows[: query.page_size]
    is_more = len(rows) > query.page_size
    following = f"{request.path}?before={shown[-1].number}&page_size={query.page_size}" if is_more else None
    for one in shown:
        one.resource = resource
    data = [documents.version_document(one, actor, whole=False) for one in shown]
    return conditional(request, Answer({"data": data, "links": {"next": following}}))


@router.get(
    "/catalogue/entries/{table}/versions/{number}", response={200: schemas.EntryVersionOut, **_READ}, operation_id="show_version",
    summary="一个目录版本",
)
def show_version(request: HttpRequest, table: TABLE, number: NUMBER) -> HttpResponse:
    """What an entry said in one version."""
    refuse_unknown(request)
    actor = documents.reader_of(request)
    version = _version(documents.entry_for(actor, table), number)
    return conditional(request, Answer(documents.version_document(version, actor, whole=True)))


@router.get(
    "/catalogue/entries/{table}/diff", response={200: schemas.DiffOut, **_READ}, operation_id="compare_versions", summary="版本对比"
)
def compare_versions(request: HttpRequest, table: TABLE, query: Query[DiffQuery]) -> HttpResponse:
    """What two versions say otherwise, field by field, as far as the reader may read them."""
    refuse_unknown(request, DiffQuery)
    actor = documents.reader_of(request)
    resource = documents.entry_for(actor, table)
    late = _version(resource, query.newer) if query.newer is not None else _newest(resource)
    early = _version(resource, query.older) if query.older is not None else _before(resource, late)
    older, newer = (documents.content_for(actor, resource, one.content) for one in (early, late))
    told = [
        {"item": one.item, "name": one.name, "label": one.label, "before": one.before, "after": one.after, "sentence": one.sentence}
        for one in versions.differences(older, newer)
    ]
    return conditional(request, Answer({"older": early.number, "newer": late.number, "differences": told}))


@router.get(
    "/catalogue/entries/{table}/impact", response={200: schemas.ImpactOut, 403: Faulty, **_READ}, operation_id="show_impact",
    summary="删信息项或撤销目录会影响谁(须访问令牌)",
)
def show_impact(request: HttpRequest, table: TABLE, query: Query[ImpactQuery]) -> HttpResponse:
    """Who would break or be affected if items, or the whole entry, went; for staff. Grants are counted, and told to whom may see them."""
    refuse_unknown(request, ImpactQuery)
    actor = caller(request)
    resource = documents.entry_for(actor, table)
    policy.require(actor, "catalog.view", resource)
    names = dict(resource.items.values_list("field", "name"))
    if unknown := [one for one in query.item if one not in names]:
        raise BadRequest(f"目录“{table}”没有信息项“{unknown[0][:64]}”;请对照 /items 写字段名。")
    altered = [Altered(one, names[one], Alteration.REMOVED) for one in dict.fromkeys(query.item)]
    found = impact.impact_of(resource, altered or [Altered("", resource.title, Alteration.WITHDRAWN)])
    may_see_grants = policy.may(actor, "access.view", resource)
    shown = [one for one in found if may_see_grants or one.dependence.by_kind != "access.grant"]
    data = [_impact(one) for one in shown[:MAX_IMPACT]]
    return conditional(request, Answer({"total": len(found), "broken": sum(one.breaks for one in found), "data": data}))


@router.get(
    "/catalogue/entries/{table}/code-sets", response={200: schemas.CodeSetsOut, **_READ}, operation_id="list_code_sets", summary="代码集"
)
def list_code_sets(request: HttpRequest, table: TABLE) -> HttpResponse:
    """The code sets that items of the entry name, with their codes."""
    refuse_unknown(request)
    resource = documents.entry_for(documents.reader_of(request), table)
    named = dict.fromkeys(resource.items.exclude(code_set="").values_list("code_set", flat=True))
    data = [
        {"code": one.code, "name": one.name, "version": one.version, "total": one.total,
         "entries": [{"code": code, "name": name} for code, name in list(one.entries.items())[:MAX_CODES]]}
        for one in map(standards.code_set, filter(standards.is_known, named))
    ]
    return conditional(request, Answer({"data": data}))


def _version(resource: Resource, number: int) -> ResourceVersion:
    found = resource.versions.filter(number=number).first()
    if found is None:
        raise NotFound(f"目录“{resource.table}”没有第{number}版;版本见 /api/v1/catalogue/entries/{resource.table}/versions。")
    found.resource = resource
    return found


def _newest(resource: Resource) -> ResourceVersion:
    found = resource.versions.first()
    if found is None:
        raise NotFound(f"目录“{resource.table}”还没有版本记录;下次变更时先记下现行内容。")
    return found


def _before(resource: Resource, late: ResourceVersion) -> ResourceVersion:
    return resource.versions.filter(number__lt=late.number).first() or late


def _line(one: Resource) -> dict[str, Any]:
    return {
        "table": one.table, "code": one.code, "title": one.title, "state": one.state, "version": one.version,
        "provider": one.provider.uscc, "provider_name": one.provider.name, "level": one.level,
        "updated_at": one.updated_at.isoformat(), "url": f"/catalogue/{one.table}",
    }


def _impact(one: impact.Impact) -> dict[str, Any]:
    use = one.dependence
    return {
        "breaks": one.breaks, "sentence": one.sentence, "by_kind": use.by_kind, "by_key": use.by_key, "title": use.title,
        "item": use.field, "use": use.use, "responsible": use.responsible.name if use.responsible else None,
    }
