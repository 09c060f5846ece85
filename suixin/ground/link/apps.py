"""Django's entry for the module."""

from django.apps import AppConfig


class LinkConfig(AppConfig):
    """Peers, and packages for them."""

    name = "suixin.ground.link"
    label = "link"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "平台互联"
