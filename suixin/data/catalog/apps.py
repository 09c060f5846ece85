"""Django's handle on the catalogue."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The catalogue: entries, items, contracts."""

    name = "suixin.data.catalog"
    label = "catalog"
    verbose_name = "目录"
