"""The plan of a gateway call, noted for the log; refused where the resource asks for an enciphered call."""

from collections.abc import Sequence

from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, cached_plan
from suixin.data.doors import callers
from suixin.data.doors.exchange import Exchange
from suixin.data.doors.gateway import envelopes
from suixin.data.doors.resolving import resource_of_name


def identify(exchange: Exchange) -> None:
    """Sets who calls, in any style of signing that the application may use."""
    exchange.nonce = callers.identify(exchange, is_foreign_ok=True)


def plan_of(exchange: Exchange, door: Door, columns: Sequence[str] | None) -> Plan:
    """The plan for the resource that the address names. Raises what `open_plan` raises, and MustBeSealed."""
    name = exchange.asked
    plan = cached_plan(exchange.actor, name, door=door, columns=columns, find=lambda: resource_of_name(name), purpose=exchange.purpose)
    exchange.plan, exchange.resource = plan, plan.contract.code
    envelopes.require(exchange, plan)
    return plan
