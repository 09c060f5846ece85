"""Reads of insight: where a value comes from."""

from dataclasses import dataclass

from suixin.data.catalog.models import Resource
from suixin.data.insight.models import Value
from suixin.data.lake.models import Batch


@dataclass(frozen=True, slots=True)
class Source:
    """One table that a value read: its entry, the version read, and the batches in it, newest first."""

    resource: Resource
    version: int
    batches: tuple[Batch, ...]


def trace(value: Value) -> list[Source]:
    """Every table behind a value with the batches (file, SM3, counts) that made up the version read."""
    sources = []
    for table, version in sorted(value.versions.items()):
        resource = Resource.objects.get(table=table)
        batches = Batch.objects.filter(resource=resource, table_version__lte=version).order_by("-table_version")
        sources.append(Source(resource, version, tuple(batches[:100])))
    return sources
