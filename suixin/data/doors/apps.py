"""Django's entry for the module."""

from django.apps import AppConfig


class DoorsConfig(AppConfig):
    """What doors keep themselves lives under the label `doors`."""

    name = "suixin.data.doors"
    label = "doors"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "数据通道"
