"""What a destruction names, for tests of those that bring rows."""

from suixin.data.catalog.models import Resource
from suixin.data.collection.destruction.places import Ending
from suixin.data.lake.purging.selecting import Selection


def ending_of(resource: Resource, item: str, *values: str) -> Ending:
    """The destruction of the rows that hold one of the values in that item."""
    return Ending(resource, Selection(item, values))
