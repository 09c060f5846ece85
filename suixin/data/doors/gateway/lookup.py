"""Lookup by key: GET /gateway/{resource}/lookup?{key}={value}&columns=a,b for one record, POST for up to 10,000.

POST     {"columns": ["a", "b"], "keys": [...]}; the answer's data has one result per key, in order:
         {"code": "200", "data": {...}}, {"code": "204", "data": null}, {"code": "api-400", "message", "data": null}
Speed    cached plan, key index, one transaction for nonce and record; no Django request in between
"""

from suixin.data.access.models import Door
from suixin.data.access.traces import subjects_of
from suixin.data.doors import records
from suixin.data.doors.exchange import Answer, Exchange
from suixin.data.doors.gateway import answers, keyed, plans
from suixin.kit.errors import SuixinError

MOST_KEYS = 10_000
MOST_BYTES = 4 << 20


def lookup(exchange: Exchange) -> Answer:
    """The record that the key names, or each key's, as the caller's grant shows it."""
    exchange.request.most_bytes = MOST_BYTES
    plans.identify(exchange)
    return _many(exchange) if exchange.request.method == "POST" else _one(exchange)


def _one(exchange: Exchange) -> Answer:
    columns, values = keyed.single(exchange.parameters())
    plan = plans.plan_of(exchange, Door.GATEWAY, columns)
    key = keyed.key_reader(plan).read(values)
    exchange.subjects = subjects_of(zip(plan.key_items, key, strict=True))
    record = records.find_record(plan.contract, key)
    shown = plan.apply(record) if record is not None else None
    exchange.rows = 0 if shown is None else 1
    return answers.enveloped(exchange, shown, is_empty=shown is None)


def _many(exchange: Exchange) -> Answer:
    told = keyed.content(exchange, "columns", "keys")
    plan = plans.plan_of(exchange, Door.GATEWAY, keyed.names_in(told, "columns"))
    asked = list(keyed.read_all(keyed.key_reader(plan), keyed.rows_in(told, "keys", most=MOST_KEYS)))
    exchange.uses = len(asked)
    keys = [one for one in asked if not isinstance(one, SuixinError)]
    exchange.subjects = subjects_of(pair for key in keys for pair in zip(plan.key_items, key, strict=True))
    found = iter(records.find_records(plan.contract, keys))
    results, exchange.rows = [], 0
    for one in asked:
        if isinstance(one, SuixinError):
            results.append(answers.refused_row(one))
            continue
        record = next(found)
        shown = plan.apply(record) if record is not None else None
        exchange.rows += shown is not None
        results.append(answers.row_of(shown, is_empty=shown is None))
    return answers.enveloped(exchange, results)
