"""Reads of work orders: who may see which, one by its number."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from suixin.ground.flow.models import Colour
from suixin.ground.flow.orders.errors import UnknownOrder
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor, ActorKind


def visible(actor: Actor) -> QuerySet[WorkOrder]:
    """Orders whose owner lies within the actor's reach, and those that the actor reported."""
    condition = within(actor, "flow.view", "organisation")
    if condition != Q() and actor.kind is ActorKind.STAFF:
        reported = WorkOrder.objects.filter(reports__account__username=actor.key).values("pk")
        condition |= Q(pk__in=reported)
    return WorkOrder.objects.filter(condition)


def order_by(number: str, *, actor: Actor) -> WorkOrder:
    """The order of that number. Raises UnknownOrder, NotAllowed."""
    order = WorkOrder.objects.select_related("organisation", "instance__version", "merged_into").filter(number=number).first()
    if order is None:
        raise UnknownOrder(f"没有编号为“{number[:40]}”的工单；请从工单列表进入。")
    if not visible(actor).filter(pk=order.pk).exists():
        policy.refuse(actor, "flow.view", order)
    return order


def orders(actor: Actor, filters: Mapping[str, str]) -> QuerySet[WorkOrder]:
    """Orders that the actor may see under `q`, `kind`, `state` (open, closed, or empty), `colour`, `organisation` (its slug)."""
    found = visible(actor).select_related("organisation", "instance")
    for word in filters.get("q", "").split():
        found = found.filter(Q(number__icontains=word) | Q(title__icontains=word))
    if kind := filters.get("kind", ""):
        found = found.filter(kind=kind)
    if (state := filters.get("state", "")) in ("open", "closed"):
        found = found.filter(open_key__isnull=state == "closed")
    if (colour := filters.get("colour", "")) in Colour.values:
        found = found.filter(instance__colour=colour, open_key__isnull=False)
    if slug := filters.get("organisation", ""):
        found = found.filter(organisation__slug=slug)
    return found.order_by("-pk")
