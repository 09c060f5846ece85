"""Django's entry for the module."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FlowConfig(AppConfig):
    """Procedures, instances, steps, the working-day calendar."""

    name = "suixin.ground.flow"
    label = "flow"
    verbose_name = "流程"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """After every migration the years that the release brings are there."""
        post_migrate.connect(_load_seeds, sender=self, dispatch_uid="flow.load_seeds")


def _load_seeds(using: str, **_: object) -> None:
    from django.db import connections

    tables = connections[using].introspection.table_names()
    if using == "default" and {"flow_calendarday", "flow_instance", "jobs_job"} <= set(tables):
        from suixin.ground.flow import calendars  # tables of all modules are there by now

        calendars.load_seeds()
