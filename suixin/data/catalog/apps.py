"""Django's handle on the catalogue."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CatalogConfig(AppConfig):
    """The catalogue: entries, items, contracts."""

    name = "suixin.data.catalog"
    label = "catalog"
    verbose_name = "目录"

    def ready(self) -> None:
        """After every migration the upper tree of categories is there."""
        post_migrate.connect(_plant, sender=self, dispatch_uid="catalog.plant")


def _plant(using: str, **_: object) -> None:
    from django.db import connections

    if using == "default" and "catalog_category" in connections[using].introspection.table_names():
        from suixin.data.catalog import planting

        planting.plant()
