"""The shell as a Django application; it has no models."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """Registers templates' tags and the translated words."""

    name = "suixin.site.shell"
    label = "shell"

    def ready(self) -> None:
        """Join the modules."""
        from suixin.site import wiring

        wiring.connect()
