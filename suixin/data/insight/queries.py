"""Reads of insight: whether the public may see a value, and where it comes from."""

from dataclasses import dataclass
from functools import partial

from suixin.data.access.models import Door
from suixin.data.access.plans import cached_plan
from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.insight.models import Indicator, Value
from suixin.data.lake.models import Batch
from suixin.kit.actor import PUBLIC
from suixin.kit.errors import SuixinError

SHOWN_BATCHES = 100


@dataclass(frozen=True, slots=True)
class Source:
    """One table that a value read: its entry, the version read, and the batches in it, newest first.

    `batches` are the first SHOWN_BATCHES of `total`.
    """

    resource: Resource
    version: int
    batches: tuple[Batch, ...]
    total: int


def refusal(indicator: Indicator) -> str:
    """The sentence that keeps the indicator's values from the public; empty when every table it reads is open.

    Asks as the doors do: no question to the database while no grant changed.
    """
    for table in indicator.tables:
        try:
            cached_plan(PUBLIC, table, door=Door.COMPUTE, columns=None, find=partial(resource_by, table))
        except SuixinError as error:
            return error.sentence
    return ""


def trace(value: Value) -> list[Source]:
    """Every table behind a value with the batches (file, SM3, counts) that made up the version read."""
    sources = []
    for table, version in sorted(value.versions.items()):
        resource = Resource.objects.get(table=table)
        batches = Batch.objects.filter(resource=resource, table_version__lte=version).order_by("-table_version")
        sources.append(Source(resource, version, tuple(batches[:SHOWN_BATCHES]), batches.count()))
    return sources
