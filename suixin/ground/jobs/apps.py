"""Django's entry for the module."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs, schedules, workers."""

    name = "suixin.ground.jobs"
    label = "jobs"
    verbose_name = "后台作业"
    default_auto_field = "django.db.models.BigAutoField"
