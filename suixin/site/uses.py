"""Uses of items that were begun before the catalogue kept them: declared at start, once."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import transaction

from suixin.data.access import dependences as grants
from suixin.data.access.models import Grant, GrantState
from suixin.data.catalog import dependences as rules
from suixin.data.catalog.models import Dependence, Resource
from suixin.data.collection import dependences as feeds
from suixin.data.collection.models import Feed
from suixin.data.insight import dependences as indicators
from suixin.data.insight.models import Indicator
from suixin.data.opening import dependences as datasets
from suixin.data.opening.models import Dataset

T = TypeVar("T")


def declare_missing() -> int:
    """How many grants, datasets, indicators, feeds and entries with checks were declared; none when each kind is known."""
    live = Grant.objects.exclude(state=GrantState.REVOKED).select_related("resource__provider")
    return (
        _declare(grants.KIND, live, grants.declare_use)
        + _declare(datasets.KIND, Dataset.objects.published(), datasets.declare_use)
        + _declare(indicators.KIND, Indicator.objects.all(), indicators.declare_use)
        + _declare(feeds.KIND, Feed.objects.select_related("resource__provider"), feeds.declare_use)
        + _declare(rules.RULE, Resource.objects.published().exclude(rules=[]).select_related("provider"), rules.declare_rules)
    )


@transaction.atomic
def _declare(kind: str, things: Iterable[T], declare: Callable[[T], object]) -> int:
    if Dependence.objects.filter(by_kind=kind).exists():
        return 0
    made = 0
    for one in things:
        declare(one)
        made += 1
    return made
