"""Django's entry for the module."""

from django.apps import AppConfig


class StandardsConfig(AppConfig):
    """Code sets and data elements that a city keeps, and how departments' own codes stand to them."""

    name = "suixin.ground.standards"
    label = "standards"
    verbose_name = "标准"
    default_auto_field = "django.db.models.BigAutoField"
