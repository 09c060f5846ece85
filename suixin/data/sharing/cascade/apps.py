"""Django's entry for the module."""

from django.apps import AppConfig


class CascadeConfig(AppConfig):
    """Exchange with the platforms above and below."""

    name = "suixin.data.sharing.cascade"
    label = "cascade"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "平台级联"
