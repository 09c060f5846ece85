"""Rows and statistics for an application: GET or POST /gateway/{resource}/rows and /aggregate.

Dialect     that of access/query.py, as parameters of a GET, or as the members of a POST's JSON object
rows        by a grant with the door `rows`: a page of rows as the grant shows them, `meta.after` names the next page
aggregate   by a grant with the door `aggregate`: groups and totals over shown values; groups of fewer rows than
            SUIXIN_SMALL_GROUP are left out (one alone takes the next smallest with it) and `meta.withheld` says how many;
            what fewer values went into is null
"""

from dataclasses import replace

from django.conf import settings

from suixin.data.access.models import Door
from suixin.data.access.plans import Column, Plan
from suixin.data.access.predicates import delivered
from suixin.data.access.query import RowsQuery, parse_query
from suixin.data.access.rows import count_rows, fetch_page
from suixin.data.access.versions import pinned
from suixin.data.doors.exchange import Answer, Exchange
from suixin.data.doors.gateway import answers, keyed, plans
from suixin.data.doors.rows import subjects_asked_for


def rows(exchange: Exchange) -> Answer:
    """One page of rows."""
    plan, parameters = _asked(exchange, Door.ROWS)
    query = parse_query(parameters, plan)
    exchange.subjects = subjects_asked_for(query)
    version = pinned(plan.table)
    found = fetch_page(plan, query, version)
    exchange.rows = len(found.rows)
    exchange.delivered = delivered(plan, version.version, query.filters)
    if query.columns:
        exchange.plan = replace(plan, columns=query.columns)
    meta = {"page_size": query.page_size, "total": found.total, "after": found.next_after or None}
    return answers.enveloped(exchange, found.rows, is_empty=not found.rows, meta=meta)


def aggregate(exchange: Exchange) -> Answer:
    """One page of groups, or the one row of totals."""
    plan, parameters = _asked(exchange, Door.AGGREGATE)
    least = settings.SUIXIN.small_group
    query, version = parse_query(parameters, plan, least=least), pinned(plan.table)
    exchange.subjects = subjects_asked_for(query)
    exchange.plan = replace(plan, columns=_used(query))
    found = fetch_page(plan, query, version)
    exchange.rows = len(found.rows)
    withheld = count_rows(plan, replace(query, least=0, after=""), version) - found.total
    meta = {
        "page_size": query.page_size, "total": found.total, "after": found.next_after or None,
        "least": least, "withheld": withheld,
    }
    return answers.enveloped(exchange, found.rows, is_empty=not found.rows, meta=meta)


def _used(query: RowsQuery) -> tuple[Column, ...]:
    computed, conditions = [one.column for one in query.aggregates], [one.column for one in query.filters]
    return tuple(dict.fromkeys([*query.group_by, *computed, *conditions]))


def _asked(exchange: Exchange, door: Door) -> tuple[Plan, list[tuple[str, str]]]:
    plans.identify(exchange)
    request = exchange.request
    parameters = exchange.parameters()
    if request.method == "POST":
        parameters = [(name, keyed.text_of_member(name, value)) for name, value in keyed.content(exchange).items()]
    return plans.plan_of(exchange, door, None), parameters
