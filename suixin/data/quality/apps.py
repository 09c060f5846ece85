"""Django's name for quality."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """Sketches of items, findings of the radar."""

    name = "suixin.data.quality"
    label = "quality"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "质量"

    def ready(self) -> None:
        """The key of ranks stays for good: sketches under another could not be compared."""
        from suixin.data.quality.radar.ranking import PURPOSE
        from suixin.ground.security.keys import register_lasting
        from suixin.kit.keyring import Kind

        register_lasting(PURPOSE, Kind.INDEX, "重复雷达的数据指纹始终用它，停用后新旧数据无法比对。")
