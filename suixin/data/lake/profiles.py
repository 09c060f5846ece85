"""Profiles of versions at rest: written once, by whoever measured them (quality)."""

from collections.abc import Sequence

from suixin.data.catalog.models import Resource
from suixin.data.lake.models import VersionProfile
from suixin.kit import clock


def keep_profile(
    resource: Resource, version: int, *, rows: int, columns: Sequence[dict[str, object]]
) -> VersionProfile:
    """The profile of that version; the one that is there when there is one."""
    values = {"rows": rows, "columns": list(columns), "made_at": clock.now()}
    found, _ = VersionProfile.objects.get_or_create(resource=resource, version=version, defaults=values)
    return found
