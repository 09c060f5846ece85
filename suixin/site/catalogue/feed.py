"""What became of entries, page by page: `after` is the cursor of the last event that was read; nothing is ever missed before it."""

from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema
from pydantic import ConfigDict, Field

from suixin.data.catalog import announcing
from suixin.site.catalogue import documents, schemas
from suixin.site.catalogue.conditions import Answer, conditional
from suixin.site.catalogue.router import refuse_unknown, router
from suixin.site.catalogue.schemas import Faulty

NEWEST = 9_223_372_036_854_775_807


class ChangesQuery(Schema):
    """From where on, and how many."""

    model_config = ConfigDict(extra="forbid")
    after: int = Field(0, ge=0, le=NEWEST, description="上次读到的游标 cursor;从头读写 0")
    page_size: int = Field(100, ge=1, le=announcing.MAX_PAGE, description="每页条数")


@router.get(
    "/catalogue/changes", response={200: schemas.EventsOut, 400: Faulty, 401: Faulty}, operation_id="list_changes", summary="目录变更流"
)
def list_changes(request: HttpRequest, query: Query[ChangesQuery]) -> HttpResponse:
    """Entries published, changed, withdrawn, superseded, oldest first. Cursors only grow; gaps between them mean nothing."""
    refuse_unknown(request, ChangesQuery)
    rows = announcing.events_after(query.after, size=query.page_size)
    cursor = rows[-1].number if rows else query.after
    has_more = len(rows) == query.page_size and bool(announcing.events_after(cursor, size=1))
    address = f"/api/v1/catalogue/changes?after={cursor}&page_size={query.page_size}"
    body = {
        "data": [documents.event_document(one) for one in rows], "cursor": cursor, "has_more": has_more,
        "links": {"next": address if has_more else None},
    }
    return conditional(request, Answer(body))
