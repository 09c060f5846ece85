"""Django's entry for the module."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Organisations, accounts, posts, applications."""

    name = "suixin.ground.people"
    label = "people"
    verbose_name = "机构与人员"
    default_auto_field = "django.db.models.BigAutoField"
