"""Django's handle on matters."""

from django.apps import AppConfig


class MattersConfig(AppConfig):
    """What was applied for under a theme: parts, joint visits, delivery."""

    name = "suixin.services.matters"
    label = "matters"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "一件事办件"
