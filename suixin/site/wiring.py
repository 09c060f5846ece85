"""All wiring on one page: who hears of which event, who answers for whom. Read it to know what happens after what.

ResourcePublished   (catalog)     nobody yet
BatchLanded         (collection)  opening: row count and date of the dataset that shows the resource
slug of an address  (doors)       opening: which resource a dataset's slug stands for
"""

from suixin.data.catalog.models import Resource
from suixin.data.collection.events import BatchLanded
from suixin.data.doors import resolving
from suixin.data.opening import actions as opening
from suixin.data.opening.queries import find_resource
from suixin.ground import events
from suixin.kit.actor import SYSTEM


def connect() -> None:
    """Join the modules; called once when Django is ready, harmless when called again."""
    resolving.register_slug_finder(find_resource)
    events.subscribe(BatchLanded, _refresh_dataset)


def _refresh_dataset(event: BatchLanded) -> None:
    opening.refresh_dataset(Resource.objects.get(pk=event.resource_id), actor=SYSTEM)
