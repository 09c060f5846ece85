"""Background work of items: versions whose day has come take their place in the index."""

from datetime import timedelta

from suixin.ground.jobs.registry import Given
from suixin.kit import clock
from suixin.services.items import finding
from suixin.services.items.models import ItemVersion

LOOK_BACK = timedelta(days=1)


def begin(_: Given) -> str:
    """Guides that came into force since yesterday, after they were published, indexed as they read now."""
    now = clock.now()
    found = ItemVersion.objects.at(now).select_related("item__parent", "item__organisation").filter(valid_from__gte=now - LOOK_BACK)
    begun = [one for one in found if one.valid_from > one.published_at]
    for version in begun:
        finding.follow(version.item)
    return f"按计划生效的事项 {len(begun)} 个。"
