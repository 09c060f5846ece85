"""Django's entry for the module."""

from django.apps import AppConfig


class FormsConfig(AppConfig):
    """Drafts and submissions of declared forms."""

    name = "suixin.ground.forms"
    label = "forms"
    verbose_name = "表单"
    default_auto_field = "django.db.models.BigAutoField"
