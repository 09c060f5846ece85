"""Django's handle on sharing."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Sharing: one department asks for another's data and is granted some of it."""

    name = "suixin.data.sharing"
    label = "sharing"
