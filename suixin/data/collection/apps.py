"""Django's handle on collection."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    """Collection: how files become batches."""

    name = "suixin.data.collection"
    label = "collection"
