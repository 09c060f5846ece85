"""Django's entry for the module."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Messages, the outbox, preferences."""

    name = "suixin.ground.notify"
    label = "notify"
    verbose_name = "消息"
    default_auto_field = "django.db.models.BigAutoField"
