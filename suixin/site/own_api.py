"""The JSON door of who calls with a personal access token: who one is, and what one may read."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.catalog.models import Resource
from suixin.data.opening.answers import Fault, Links
from suixin.ground.people.errors import TokenRefused
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import BadRequest, NotAllowed, NotFound

router = Router(tags=["me"])
MAX_PAGE = 200


class Me(Schema):
    """Who the token acts for."""

    name: str
    account: str
    organisation: str
    roles: list[str]


class ReadableOut(Schema):
    """A resource that the token's owner may read, and where its rows are."""

    table: str
    title: str
    resource_code: str
    provider: str
    basis: str
    columns: list[str]
    rows_url: str


class ReadablePage(Schema):
    """One page of them; `links.next` is null at the end. A page may hold fewer than it looked at."""

    data: list[ReadableOut]
    links: Links


class AfterQuery(Schema):
    """Where to go on, and how far."""

    after: int = Field(0, ge=0, le=2**62, description="翻页标记,只取自 links.next")
    page_size: int = Field(50, ge=1, le=MAX_PAGE, description="每页查看的条数")


@router.get("/me", response={200: Me, 401: Fault}, operation_id="show_me", summary="访问令牌代表谁")
def show_me(request: HttpRequest) -> dict[str, Any]:  # Any: JSON, checked by the schema
    """The owner of the token."""
    actor = _owner(request)
    return {"name": actor.name, "account": actor.key, "organisation": actor.organisation, "roles": sorted(actor.roles)}


@router.get(
    "/me/resources", response={200: ReadablePage, 400: Fault, 401: Fault}, operation_id="list_my_resources",
    summary="访问令牌可读的资源(含未开放的)",
)
def list_my_resources(request: HttpRequest, query: Query[AfterQuery]) -> dict[str, Any]:  # Any: as above
    """Published resources that the owner may read through the rows door, by the same plan as in the console."""
    actor = _owner(request)
    if unknown := sorted(set(request.GET) - set(AfterQuery.model_fields)):
        raise BadRequest(f"不认识的参数“{unknown[0][:60]}”;可用 {'、'.join(AfterQuery.model_fields)}。")
    found = list(Resource.objects.published().select_related("provider").filter(pk__gt=query.after).order_by("pk")[: query.page_size])
    is_full = len(found) == query.page_size
    following = f"/api/v1/me/resources?after={found[-1].pk}&page_size={query.page_size}" if is_full else None
    return {"data": [line for resource in found if (line := _readable(actor, resource))], "links": {"next": following}}


def _owner(request: HttpRequest) -> Actor:
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor) or actor.kind is not ActorKind.STAFF:
        raise TokenRefused("这个地址要用访问令牌:请求头写 Authorization: Bearer 加令牌;令牌在工作台“我的账号”里新建。")
    return actor


def _readable(actor: Actor, resource: Resource) -> dict[str, Any] | None:  # Any: as above
    try:
        plan = open_plan(actor, resource, door=Door.ROWS)
    except (NotAllowed, NotFound):
        return None
    return {
        "table": resource.table, "title": resource.title, "resource_code": resource.code, "provider": resource.provider.name,
        "basis": plan.basis, "columns": list(plan.fields), "rows_url": f"/api/v1/datasets/{resource.table}/rows",
    }
