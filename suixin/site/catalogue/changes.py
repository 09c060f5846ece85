"""Changes of entries in force as programs prepare them, by token: begun from what was seen, revised, handed on, given up."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query

from suixin.data.catalog import changing
from suixin.data.catalog.exchange.shapes import RevisionIn
from suixin.site.catalogue import schemas
from suixin.site.catalogue.conditions import Answer, caller, once
from suixin.site.catalogue.reading import TABLE
from suixin.site.catalogue.requests import HEADERS, REFUSED, ChangeIn, DropQuery, ReasonIn, day_of
from suixin.site.catalogue.router import refuse_unknown, router
from suixin.site.catalogue.schemas import Faulty
from suixin.site.catalogue.states import change_for, changed, require_base, revised, seen, seen_change


@router.post(
    "/catalogue/entries/{table}/changes", response={201: schemas.ChangeOut, **REFUSED}, operation_id="propose_change",
    summary="提出目录变更", openapi_extra=HEADERS,
)
def propose_change(request: HttpRequest, table: TABLE, given: ChangeIn) -> HttpResponse:
    """A change of an entry in force, from the state that was seen; handed on with `submit`."""
    refuse_unknown(request)
    actor = caller(request)

    def work() -> Answer:
        resource = seen(request, actor, table)
        change = changing.begin_change(resource, actor=actor, reason=given.reason, happened_on=day_of(given.happened_on))
        require_base(request, change)
        change = revised(change, given, actor)
        if given.submit:
            changing.submit_change(change, actor=actor)
        return changed(change, status=201)

    return once(request, actor, work)


@router.get(
    "/catalogue/proposed-changes/{uuid}", response={200: schemas.ChangeOut, 400: Faulty, 401: Faulty, 403: Faulty, 404: Faulty},
    operation_id="show_change", summary="一项变更", openapi_extra={"security": [{"AccessToken": []}]},
)
def show_change(request: HttpRequest, uuid: Annotated[UUID, Path()]) -> HttpResponse:
    """Where a change stands, and what it says."""
    refuse_unknown(request)
    return changed(change_for(caller(request), uuid)).response()


@router.patch(
    "/catalogue/proposed-changes/{uuid}", response={200: schemas.ChangeOut, **REFUSED}, operation_id="revise_change", summary="修改变更",
    openapi_extra=HEADERS,
)
def revise_change(request: HttpRequest, uuid: Annotated[UUID, Path()], given: RevisionIn) -> HttpResponse:
    """A change that is not handed on yet, told otherwise."""
    refuse_unknown(request)
    actor = caller(request)
    return once(request, actor, lambda: changed(revised(seen_change(request, actor, uuid), given, actor)))


@router.post(
    "/catalogue/proposed-changes/{uuid}/submit", response={200: schemas.ChangeOut, **REFUSED}, operation_id="submit_change",
    summary="提交变更审核", openapi_extra=HEADERS,
)
def submit_change(request: HttpRequest, uuid: Annotated[UUID, Path()], given: ReasonIn) -> HttpResponse:
    """The change handed on; those whom it reaches are told."""
    refuse_unknown(request)
    actor = caller(request)

    def work() -> Answer:
        change = seen_change(request, actor, uuid)
        changing.submit_change(change, actor=actor, reason=given.reason)
        return changed(change)

    return once(request, actor, work)


@router.delete(
    "/catalogue/proposed-changes/{uuid}", response={200: schemas.ChangeOut, **REFUSED}, operation_id="drop_change", summary="放弃变更",
    openapi_extra=HEADERS,
)
def drop_change(request: HttpRequest, uuid: Annotated[UUID, Path()], query: Query[DropQuery]) -> HttpResponse:
    """The change given up; the entry stays as it is."""
    refuse_unknown(request, DropQuery)
    actor = caller(request)

    def work() -> Answer:
        return changed(changing.drop_change(seen_change(request, actor, uuid), actor=actor, reason=query.reason))

    return once(request, actor, work)
