"""Django's handle on insight."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """Insight: indicators, computed by declared SQL over granted data."""

    name = "suixin.data.insight"
    label = "insight"
