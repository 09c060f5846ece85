"""Django's handle on items."""

from django.apps import AppConfig


class ItemsConfig(AppConfig):
    """Items, versions, guides."""

    name = "suixin.services.items"
    label = "items"
    verbose_name = "政务服务事项"
