"""Django's entry for the module."""

from django.apps import AppConfig


class ProxiesConfig(AppConfig):
    """Interfaces of departments that the gateway calls."""

    name = "suixin.data.doors.proxies"
    label = "proxies"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "接口代理"
