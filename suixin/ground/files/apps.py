"""Django's entry for the module."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Attachments and the store of their bytes."""

    name = "suixin.ground.files"
    label = "files"
    verbose_name = "附件"
    default_auto_field = "django.db.models.BigAutoField"
