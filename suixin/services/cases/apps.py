"""Django's handle on cases."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Applications, cases, their papers."""

    name = "suixin.services.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "政务办件"
