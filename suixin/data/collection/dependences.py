"""What a feed uses of its entry, told to the catalogue: all of it, since files are typed and judged by every item.

Whoever may see the catalogue reads it, so it names no source: which systems feed an entry is for who may see sources.
"""

from suixin.data.catalog import dependences
from suixin.data.catalog.models import Use
from suixin.data.collection.models import Feed

KIND = "collection.feed"


def declare_use(feed: Feed) -> None:
    """The feed's entry as a whole, as its use; part of the caller's transaction."""
    if feed.source is None:
        key, words = feed.resource.table, f"归集通道：{'、'.join(feed.patterns)}"
    else:
        key, words = f"{feed.resource.table}:{feed.uuid}", f"采集任务（{feed.source.get_kind_display()}）：{feed.resource.title}"
    by = dependences.By(KIND, key, words, feed.resource.provider)
    dependences.declare(by, [(feed.resource, "", Use.FED)])
