"""What was measured of rows, made anew of what is left: the radar's sketches, profiles of columns."""

from suixin.data.catalog.models import ResourceState
from suixin.data.collection.destruction.places import Ending
from suixin.data.lake import delta
from suixin.data.lake.models import VersionProfile
from suixin.data.quality import version_profiles
from suixin.data.quality.models import ItemSketch
from suixin.data.quality.radar import keeping


def sketch_anew(ending: Ending) -> int:
    """The radar's sketches made anew; nothing of an entry that is withdrawn."""
    if ending.resource.state == ResourceState.WITHDRAWN:
        keeping.forget(ending.resource)
        return 0
    keeping.sketch_again(ending.resource)
    return ItemSketch.objects.filter(resource=ending.resource).count()


def profile_anew(ending: Ending) -> int:
    """Profiles of all versions, which tell commonest values and bounds, gone; the newest version measured anew."""
    gone, _ = VersionProfile.objects.filter(resource=ending.resource).delete()
    if gone and delta.exists(ending.resource.table):
        version_profiles.measure(ending.resource, delta.latest_version(ending.resource.table))
    return gone
