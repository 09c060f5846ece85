"""Django's handle on themes."""

from django.apps import AppConfig


class ThemesConfig(AppConfig):
    """One-thing-once themes, their versions, the question bank."""

    name = "suixin.services.themes"
    label = "themes"
    verbose_name = "一件事主题"
