"""Findings as more than one place reads them."""

from django.db.models import Q, QuerySet

from suixin.data.catalog.models import Resource
from suixin.data.quality.models import DuplicateFinding, FindingState
from suixin.ground.people.queries import within
from suixin.kit.actor import Actor


def open_findings() -> QuerySet[DuplicateFinding]:
    """Findings that wait for a decision, the surest first, with entries and departments."""
    return DuplicateFinding.objects.filter(state=FindingState.OPEN).select_related(*_BESIDE)


def within_reach(actor: Actor, verb: str) -> QuerySet[DuplicateFinding]:
    """Findings of which both entries lie within the actor's reach."""
    both = within(actor, verb, "left__provider") & within(actor, verb, "right__provider")
    return DuplicateFinding.objects.filter(both).select_related(*_BESIDE)


def findings_of(resource: Resource) -> QuerySet[DuplicateFinding]:
    """Findings in which the entry stands, but for dismissed ones."""
    own = DuplicateFinding.objects.filter(Q(left=resource) | Q(right=resource)).exclude(state=FindingState.DISMISSED)
    return own.select_related(*_BESIDE)


_BESIDE = ("left__provider", "right__provider", "proposed__provider", "source__provider")
