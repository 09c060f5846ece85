"""Django's entry for the module."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The full-text index."""

    name = "suixin.ground.search"
    label = "search"
    verbose_name = "检索"
    default_auto_field = "django.db.models.BigAutoField"
