"""Rows of an open dataset: GET /api/v1/datasets/{slug}/rows

Answer   {"data": [...], "links": {"next"}, "meta": {"page_size", "total"}}; null is null, decimals exact numbers
Caching  strong ETag from table version, plan and query; If-None-Match answers 304
Caller   the public, the application that signed as for the gateway, or the owner of a personal access token
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, urlencode

from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, cached_plan
from suixin.data.access.predicates import delivered
from suixin.data.access.query import Operator, RowsQuery, parse_query
from suixin.data.access.rows import Page, fetch_page
from suixin.data.access.traces import subjects_of
from suixin.data.access.values import dumps
from suixin.data.access.versions import pinned
from suixin.data.doors import callers
from suixin.data.doors.conditional import is_known
from suixin.data.doors.exchange import Answer, Exchange, Request, json_answer
from suixin.data.doors.links import base_of
from suixin.data.doors.resolving import resource_of_slug


def page(exchange: Exchange) -> Answer:
    """One page of rows as JSON, or 304."""
    callers.admit(exchange)
    slug = exchange.resource
    plan = cached_plan(
        exchange.actor, f"slug:{slug}", door=Door.ROWS, columns=None, find=lambda: resource_of_slug(slug, exchange.actor),
        purpose=exchange.purpose,
    )
    exchange.plan, exchange.resource = plan, plan.contract.code
    parameters = exchange.request.parameters()
    query = parse_query(exchange.parameters(), plan)
    exchange.subjects = subjects_asked_for(query)
    version = pinned(plan.table)
    headers = [("ETag", _tag(exchange.request, plan, version.version)), ("Cache-Control", "no-cache"), *OPEN]
    if is_known(exchange.request, headers[0][1]):
        return Answer(304, [], headers, 0, "304")
    found = fetch_page(plan, query, version)
    exchange.rows = len(found.rows)
    exchange.delivered = delivered(plan, version.version, query.filters)
    if query.columns:
        exchange.plan = replace(plan, columns=query.columns)
    body = dumps(_content(found, query.page_size, _next(exchange.request, parameters, found.next_after)))
    return json_answer(body, headers=headers)


def subjects_asked_for(query: RowsQuery) -> tuple[str, ...]:
    """Whom the filters name whole, for the log; of a masked column nobody can ask for one person."""
    return subjects_of(
        (one.column.item, value) for one in query.filters
        if one.operator in (Operator.EXACT, Operator.IN) and not one.column.mask for value in one.values
    )


OPEN = (("Access-Control-Allow-Origin", "*"), ("Vary", "Accept-Encoding"))


def _content(found: Page, page_size: int, following: str | None) -> dict[str, object]:
    return {"data": found.rows, "links": {"next": following}, "meta": {"page_size": page_size, "total": found.total}}


def _tag(request: Request, plan: Plan, version: int) -> str:
    digest = hashlib.sha256(f"{request.path}?{request.query}#{base_of(request)}".encode()).hexdigest()[:16]
    return f'"{version}-{plan.fingerprint}-{digest}"'


def _next(request: Request, parameters: Sequence[tuple[str, str]], after: str) -> str | None:
    if not after:
        return None
    kept = [(name, value) for name, value in parameters if name != "after"]
    return f"{base_of(request)}{quote(request.path)}?{urlencode([*kept, ('after', after)])}"
