"""Entries as programs write them, by token: the same actions as the pages, which authorise, audit and tell.

Seen     whoever changes says which state it saw (If-Match); 428 when it does not, 412 when that is not what stands
Twice    a call with an Idempotency-Key is carried out once
Session  the cookie of a browser opens nothing here, so nothing here needs a token against forged forms
"""

from django.http import HttpRequest, HttpResponse

from suixin.data.catalog import actions, canon, changing, publication
from suixin.data.catalog.errors import WrongState
from suixin.data.catalog.exchange import told
from suixin.data.catalog.exchange.shapes import EntryIn, RevisionIn, stated_in
from suixin.data.catalog.models import ChangeKind, Resource, ResourceState
from suixin.ground.security import policy
from suixin.site.catalogue import documents, schemas
from suixin.site.catalogue.conditions import Answer, caller, once
from suixin.site.catalogue.reading import TABLE
from suixin.site.catalogue.requests import HEADERS, REFUSED, ReasonIn, WithdrawalIn, day_of
from suixin.site.catalogue.router import refuse_unknown, router
from suixin.site.catalogue.states import (
    changed,
    moved_is_stale,
    refuse_faults,
    require_base,
    require_same,
    seen,
    specs_of,
    written,
)


@router.post(
    "/catalogue/entries", response={201: schemas.WrittenOut, **REFUSED}, operation_id="propose_entry", summary="登记目录",
    openapi_extra=HEADERS,
)
def propose_entry(request: HttpRequest, given: EntryIn) -> HttpResponse:
    """A new entry as a proposal; all its faults at once when it has any."""
    refuse_unknown(request)
    actor = caller(request)
    return once(request, actor, lambda: written(told.propose(given, actor=actor), actor, status=201))


@router.patch(
    "/catalogue/entries/{table}", response={200: schemas.WrittenOut, **REFUSED}, operation_id="revise_proposal", summary="修改待发布的目录",
    openapi_extra=HEADERS,
)
def revise_proposal(request: HttpRequest, table: TABLE, given: RevisionIn) -> HttpResponse:
    """A proposal told otherwise; an entry in force is changed by `/changes`."""
    refuse_unknown(request)
    actor = caller(request)

    def work() -> Answer:
        resource = seen(request, actor, table)
        policy.require(actor, "catalog.propose", resource)
        if resource.state != ResourceState.PROPOSED:
            raise WrongState(f"目录“{resource.title}”{resource.get_state_display()},不能直接修改;已发布的请用 /changes 提出变更。")
        specs = specs_of(given, resource.contract.items)
        metadata = stated_in(given)
        refuse_faults(resource, canon.content_of(resource) | metadata, given=given, specs=specs)
        with moved_is_stale(request, actor, resource):
            made = actions.revise_proposal(
                resource, specs, actor=actor, title=given.title or "", seen=resource.updated_at, metadata=metadata
            )
        return written(made, actor)

    return once(request, actor, work)


@router.post(
    "/catalogue/entries/{table}/submit", response={200: schemas.WrittenOut, **REFUSED}, operation_id="submit_proposal",
    summary="提交目录审核", openapi_extra=HEADERS,
)
def submit_proposal(request: HttpRequest, table: TABLE, given: ReasonIn) -> HttpResponse:
    """The proposal handed on for review; in force at once where its owner's word is enough."""
    refuse_unknown(request)
    actor = caller(request)

    def work() -> Answer:
        resource = seen(request, actor, table)
        with moved_is_stale(request, actor, resource):
            publication.submit(resource, actor=actor, reason=given.reason, seen=resource.updated_at)
        return written(Resource.objects.select_related("provider").get(pk=resource.pk), actor)

    return once(request, actor, work)


@router.post(
    "/catalogue/entries/{table}/withdrawal", response={200: schemas.WrittenOut, 201: schemas.ChangeOut, **REFUSED},
    operation_id="withdraw_entry", summary="撤回待发布的目录,或申请撤销已发布的", openapi_extra=HEADERS,
)
def withdraw_entry(request: HttpRequest, table: TABLE, given: WithdrawalIn) -> HttpResponse:
    """A proposal taken back (200), or the withdrawal of an entry in force handed on (201)."""
    refuse_unknown(request)
    actor = caller(request)

    def work() -> Answer:
        resource = seen(request, actor, table)
        if resource.state == ResourceState.PROPOSED:
            gone = actions.withdraw_resource(resource, actor=actor, reason=given.reason)
            require_same(request, gone)
            return written(gone, actor)
        change = changing.begin_change(
            resource, actor=actor, reason=given.reason, happened_on=day_of(given.happened_on), kind=ChangeKind.WITHDRAWAL,
            successor=documents.successor_by(given.successor),
        )
        require_base(request, change)
        changing.submit_change(change, actor=actor)
        return changed(change, status=201)

    return once(request, actor, work)
