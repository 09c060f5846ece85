"""Django's handle on the space of residents and firms."""

from django.apps import AppConfig


class SpaceConfig(AppConfig):
    """Calendar and messages of applicants."""

    name = "suixin.services.space"
    label = "space"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "个人和企业空间"
