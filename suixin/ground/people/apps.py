"""Django's entry for the module."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Organisations, accounts, posts, applications."""

    name = "suixin.ground.people"
    label = "people"
    verbose_name = "机构与人员"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell keys what needs them."""
        from suixin.ground.people import keys
        from suixin.ground.people.applications import secrets_under
        from suixin.ground.security.resealing import register_count

        register_count(keys.PURPOSE, secrets_under)
