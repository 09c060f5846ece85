"""Background runs of the radar: one entry after its data or its items changed, all of them every night."""

from suixin.data.catalog.models import Resource
from suixin.data.quality.radar import scanning
from suixin.ground.jobs.registry import Given

ONE, ALL = "quality.scan_entry", "quality.scan_all"


def scan_entry(given: Given) -> str:
    """One entry compared with those that may hold the same."""
    resource = Resource.objects.filter(pk=int(given.text("resource") or 0)).first()
    return scanning.scan_one(resource).sentence if resource is not None else "目录已不在。"


def scan_all(given: Given) -> str:
    """Every entry in force compared."""
    done = scanning.scan_all(lambda at, total: given.tell(100 * at // max(1, total), f"已比对 {at:,}/{total:,} 对目录"))
    return done.sentence
