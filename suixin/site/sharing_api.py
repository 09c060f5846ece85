"""The JSON door of sharing, by personal access token: where requests stand, what is shared, asking for data, records of use.

The same actions and queries as the pages; what they refuse is refused here in the same words. A call with an
Idempotency-Key is carried out once.
"""

from collections.abc import Sequence
from typing import Any  # answers are JSON
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from suixin.data.access.models import GrantState
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.data.opening.answers import Fault, Links
from suixin.data.sharing import asking, drafting, queries, recording
from suixin.data.sharing.drafting import Said
from suixin.data.sharing.models import Part, PartState, Request, Share
from suixin.data.sharing.recording import Used
from suixin.data.sharing.rules import Statement
from suixin.ground.people.models import Application, Organisation
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound
from suixin.site.catalogue.conditions import Answer, caller, once
from suixin.site.catalogue.requests import DAY, HEADERS, REFUSED, needed_day
from suixin.site.catalogue.router import refuse_unknown

router = Router(tags=["sharing"])
MAX_PAGE = 200
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


class AfterQuery(Schema):
    """Where to go on, and how far."""

    model_config = ConfigDict(extra="forbid")
    after: int = Field(0, ge=0, le=2**62, description="翻页标记,只取自 links.next")
    page_size: int = Field(50, ge=1, le=MAX_PAGE, description="每页条数")


class PartOut(Schema):
    """One part of a request: what of whom, and where it stands."""

    id: str
    request: str
    number: str
    title: str
    table: str
    dataset: str
    resource: str
    asker: str
    provider: str
    columns: list[str]
    doors: list[str]
    until: str | None
    stage: str
    due_at: str | None
    answer: str
    share: str | None


class PartPage(Schema):
    """One page of parts, newest first; `links.next` is null at the end."""

    data: list[PartOut]
    links: Links


class ShareOut(Schema):
    """One share, from the grant to the receipt of disposal."""

    id: str
    table: str
    dataset: str
    tables: list[str]
    resource: str
    asker: str
    provider: str
    state: str
    purpose: str
    basis: str
    columns: list[str]
    row_filter: str
    doors: list[str]
    valid_until: str | None
    rows_url: str | None
    is_receipted: bool


class SharePage(Schema):
    """One page of shares, newest first."""

    data: list[ShareOut]
    links: Links


class PartIn(Schema):
    """What is asked of one entry, or of every table of a dataset, and on what grounds (国务院令第809号 art. 20)."""

    model_config = ConfigDict(extra="forbid")
    table: str = Field("", pattern=r"^[A-Za-z0-9_-]{0,120}$", description="数据表名；申请整个数据集时不写")
    dataset: str = Field("", pattern=r"^[A-Za-z0-9_-]{0,120}$", description="数据集的短名：其每一张表，以后新增的也在内；与 table 二选一")
    columns: list[str] = Field(
        default_factory=list, max_length=500, description="信息项的字段名或名称；申请整个数据集时不写，各表可共享的都在内"
    )
    law: str = Field(..., max_length=200, pattern=_TEXT, description="使用依据")
    document: str = Field("", max_length=100, pattern=_TEXT, description="文号")
    article: str = Field("", max_length=200, pattern=_TEXT, description="条款")
    scenario: str = Field(..., max_length=500, pattern=_TEXT, description="使用场景")
    row_filter: str = Field("", max_length=2000, pattern=_TEXT, description="行条件")
    divisions: list[str] = Field(default_factory=list, max_length=50, description="区划代码")
    doors: list[str] = Field(..., min_length=1, max_length=11, description="共享方式")
    until: str = Field(..., pattern=DAY, description="使用到哪一天")
    per_second: int | None = Field(None, ge=1, le=10_000, description="每秒次数")
    per_day: int | None = Field(None, ge=1, le=100_000_000, description="每日次数")


class RequestIn(Schema):
    """A basket; `submit` hands it on at once to the head of sharing."""

    model_config = ConfigDict(extra="forbid")
    title: str = Field(..., min_length=1, max_length=200, pattern=_TEXT, description="申请名称")
    application: str = Field("", max_length=64, pattern=r"^[A-Za-z0-9_-]*$", description="调用应用的标识")
    parts: list[PartIn] = Field(..., min_length=1, max_length=drafting.MOST_PARTS)
    submit: bool = Field(default=False, description="同时提交")


class RequestOut(Schema):
    """A basket with its parts."""

    id: str
    number: str
    title: str
    state: str
    parts: list[PartOut]


class UseIn(Schema):
    """How shared data were used in a period (art. 29)."""

    model_config = ConfigDict(extra="forbid")
    since: str = Field(..., pattern=DAY, description="记录期间自")
    until: str = Field(..., pattern=DAY, description="记录期间至")
    scenario: str = Field(..., max_length=500, pattern=_TEXT, description="使用场景")
    process: str = Field(..., max_length=1000, pattern=_TEXT, description="使用过程")
    effect: str = Field(..., max_length=1000, pattern=_TEXT, description="应用成效")
    storage: str = Field(..., max_length=500, pattern=_TEXT, description="存储情况")
    destruction: str = Field(..., max_length=500, pattern=_TEXT, description="销毁情况")


class UseOut(Schema):
    """A record that was kept."""

    share: str
    since: str
    until: str
    keep_until: str


@router.get(
    "/sharing/parts", response={200: PartPage, 400: Fault, 401: Fault, 403: Fault}, operation_id="list_share_parts",
    summary="共享申请的进展",
)
def list_share_parts(request: HttpRequest, query: Query[AfterQuery]) -> dict[str, Any]:  # Any: JSON, checked by the schema
    """Parts that the owner of the token may see, of drafts its own."""
    actor = caller(request)
    policy.require_anywhere(actor, "sharing.view")
    found = queries.staged(queries.visible_parts(actor)).select_related("share").order_by("-pk")
    rows = list((found.filter(pk__lt=query.after) if query.after else found)[: query.page_size])
    return {"data": [_part(one) for one in rows], "links": {"next": _next("parts", rows, query)}}


@router.get(
    "/sharing/shares", response={200: SharePage, 400: Fault, 401: Fault, 403: Fault}, operation_id="list_shares", summary="共享中的数据",
)
def list_shares(request: HttpRequest, query: Query[AfterQuery]) -> dict[str, Any]:  # Any: as above
    """Shares that the owner of the token may see."""
    actor = caller(request)
    policy.require_anywhere(actor, "sharing.view")
    found = queries.visible_shares(actor).order_by("-pk")
    rows = list((found.filter(pk__lt=query.after) if query.after else found)[: query.page_size])
    return {"data": [told_of(one) for one in rows], "links": {"next": _next("shares", rows, query)}}


@router.post(
    "/sharing/requests", response={201: RequestOut, **REFUSED}, operation_id="ask_for_data", summary="申请共享", openapi_extra=HEADERS,
)
def ask_for_data(request: HttpRequest, given: RequestIn) -> HttpResponse:
    """A basket of the department of the token's owner, every part stated; handed on with `submit`."""
    refuse_unknown(request)
    actor = caller(request)
    return once(request, actor, lambda: _asked(given, actor))


@router.post(
    "/sharing/shares/{share}/use-records", response={201: UseOut, **REFUSED}, operation_id="record_use", summary="记录数据使用",
    openapi_extra=HEADERS,
)
def record_use(request: HttpRequest, share: UUID, given: UseIn) -> HttpResponse:
    """A record of use, kept three years at least."""
    refuse_unknown(request)
    actor = caller(request)

    def work() -> Answer:
        found = queries.visible_shares(actor).filter(uuid=share).first()
        if found is None:
            raise NotFound("没有这项共享，或您不能查看;请用 GET /api/v1/sharing/shares 查看。")
        told = given.dict() | {"since": needed_day(given.since, "since"), "until": needed_day(given.until, "until")}
        kept = recording.record_use(found, Used(**told), actor=actor)
        days = {name: getattr(kept, name).isoformat() for name in ("since", "until", "keep_until")}
        return Answer({"share": str(found.uuid), **days}, status=201)

    return once(request, actor, work)


def _asked(given: RequestIn, actor: Actor) -> Answer:
    place = Organisation.objects.filter(uscc=actor.organisation).first()
    if place is None:
        raise BadRequest("令牌的所有人不属于任何单位，不能申请;请换用有岗位的账号的令牌。")
    application = None
    if given.application:
        application = Application.objects.filter(app_id=given.application, organisation=place).first()
        if application is None:
            raise BadRequest(f"本部门没有应用“{given.application}”;请写本部门的应用标识，或不写。")
    entries, groups = _named(given.parts)
    held = drafting.open_request(given.title, place, actor=actor, application=application)
    parts = {one.resource.table: one for one in drafting.add_parts(held, list(entries.values()), actor=actor)}
    wholes = {slug: drafting.add_dataset(held, group, actor=actor) for slug, group in groups.items()}
    for one in given.parts:
        told = one.dict(exclude={"table", "dataset", "per_second", "per_day"}) | {"until": needed_day(one.until, "until")}
        part = wholes[one.dataset] if one.dataset else parts[one.table]
        drafting.state_part(part, Said(Statement(**told), one.per_second, one.per_day), actor=actor)
    if given.submit:
        held = asking.submit_request(held, actor=actor)
    return Answer(_request(held), status=201)


def _named(parts: Sequence[PartIn]) -> tuple[dict[str, Resource], dict[str, ResourceGroup]]:
    """Entries by table and datasets by slug that the parts name, in their order. Raises BadRequest."""
    if any(bool(one.table) == bool(one.dataset) for one in parts):
        raise BadRequest("每一项写 table（数据表名）或 dataset（数据集的短名）之一;请改正。")
    tables, slugs = [one.table for one in parts if one.table], [one.dataset for one in parts if one.dataset]
    entries = {one.table: one for one in Resource.objects.filter(table__in=tables).select_related("provider")}
    groups = {one.slug: one for one in ResourceGroup.objects.filter(slug__in=slugs)}
    missing = [*(one for one in tables if one not in entries), *(one for one in slugs if one not in groups)]
    if missing:
        raise BadRequest(f"目录中没有“{missing[0]}”。")
    if len(entries) + len(groups) != len(parts):
        raise BadRequest("同一个数据表、数据集只能写一次;请合并。")
    return {name: entries[name] for name in tables}, {name: groups[name] for name in slugs}


def _request(held: Request) -> dict[str, Any]:  # Any: as above
    parts = queries.staged(held.parts.select_related("request__organisation", "resource__provider", "share")).order_by("pk")
    return {"id": str(held.uuid), "number": held.number, "title": held.title, "state": held.state, "parts": [_part(one) for one in parts]}


def _part(part: Part) -> dict[str, Any]:  # Any: as above
    share, due = getattr(part, "share", None), getattr(part, "due_at", None)
    return {
        "id": str(part.uuid), "request": str(part.request.uuid), "number": part.request.number, "title": part.request.title,
        "table": part.resource.table, "dataset": part.dataset.slug if part.dataset else "", "resource": part.title,
        "asker": part.request.organisation.name,
        "provider": part.resource.provider.name, "columns": part.columns, "doors": part.doors,
        "until": part.until.isoformat() if part.until else None, "stage": queries.stage_of(part),
        "due_at": due.isoformat() if due else None, "answer": part.answer if part.state != PartState.ASKED else "",
        "share": str(share.uuid) if share is not None else None,
    }


def told_of(share: Share) -> dict[str, Any]:  # Any: as above
    """The share as `ShareOut` has it."""
    grant, table = share.grant, share.resource.table
    tables = [table]
    if share.dataset is not None and grant.dataset is not None:
        tables = list(grant.dataset.grants.exclude(state=GrantState.REVOKED).values_list("resource__table", flat=True))
    return {
        "id": str(share.uuid), "table": table, "dataset": share.dataset.slug if share.dataset else "", "tables": tables,
        "resource": share.title, "asker": share.organisation.name, "is_receipted": grant.is_receipted,
        "provider": share.resource.provider.name, "state": share.state, "purpose": share.purpose, "basis": share.basis,
        "columns": grant.columns, "row_filter": grant.row_filter, "doors": grant.doors,
        "valid_until": grant.valid_until.isoformat() if grant.valid_until else None,
        "rows_url": f"/api/v1/datasets/{table}/rows" if "rows" in grant.doors else None,
    }


def _next(name: str, rows: list[Part] | list[Share], query: AfterQuery) -> str | None:
    return f"/api/v1/sharing/{name}?after={rows[-1].pk}&page_size={query.page_size}" if len(rows) == query.page_size else None
