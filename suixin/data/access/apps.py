"""Django's entry for the module."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Grants live under the label `access`."""

    name = "suixin.data.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "授权"
