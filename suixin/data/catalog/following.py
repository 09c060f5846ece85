"""What follows from an entry and is written in the transaction of every change of it: index, standing, systems that hold it."""

from suixin.data.catalog import finding, holding, standing
from suixin.data.catalog.models import Resource


def follow(resource: Resource) -> None:
    """All that is derived from the entry, as it stands now; part of the action that changed it."""
    finding.index(resource)
    standing.keep(resource)
    holding.relate(resource)
