"""Django's handle on opening."""

from django.apps import AppConfig


class OpeningConfig(AppConfig):
    """Opening: which resources are public, and what the public sees of them."""

    name = "suixin.data.opening"
    label = "opening"
