"""What a feed uses of its entry, told to the catalogue: all of it, since files are typed and judged by every item."""

from suixin.data.catalog import dependences
from suixin.data.catalog.models import Use
from suixin.data.collection.models import Feed

KIND = "collection.feed"


def declare_use(feed: Feed) -> None:
    """The feed's entry as a whole, as its use; part of the caller's transaction."""
    by = dependences.By(KIND, feed.resource.table, f"归集通道：{'、'.join(feed.patterns)}", feed.resource.provider)
    dependences.declare(by, [(feed.resource, "", Use.FED)])
