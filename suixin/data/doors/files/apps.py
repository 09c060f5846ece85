"""Django's entry for the module."""

from django.apps import AppConfig


class PackagesConfig(AppConfig):
    """Packages for receivers."""

    name = "suixin.data.doors.files"
    label = "packages"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "文件交换"
