"""Django's name for the lake."""

from django.apps import AppConfig


class LakeConfig(AppConfig):
    """Batches and leases."""

    name = "suixin.data.lake"
    label = "lake"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "数据湖"
