"""Django's entry for the module."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit log."""

    name = "suixin.ground.audit"
    label = "audit"
    verbose_name = "审计日志"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell backups what lies here."""
        from suixin.ground.audit import restoring

        restoring.register()
