"""A source's connector, with its credentials opened for it alone."""

import json
from collections.abc import Mapping

from suixin.data.collection.models import Source
from suixin.data.collection.sources.base import Connector, Kind, Settings
from suixin.data.collection.sources.registry import connector_for


def connector_of(source: Source, *, seconds: int | None = None) -> Connector:
    """The connector, opened when first asked; `seconds` cuts its limit of time short, for who waits before a page."""
    options: Mapping[str, object] = source.options
    if seconds is not None:
        options = {**options, "seconds": min(seconds, int(str(options.get("seconds") or seconds)))}
    secrets = json.loads(source.secrets) if source.secrets else {}
    return connector_for(Kind(source.kind), Settings(source.address, options, secrets, tuple(source.allowed_hosts), source.pk or 0))
