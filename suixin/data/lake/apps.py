"""Django's name for the lake."""

from django.apps import AppConfig


class LakeConfig(AppConfig):
    """Batches and leases."""

    name = "suixin.data.lake"
    label = "lake"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "数据湖"

    def ready(self) -> None:
        """Tell backups what lies here, and keys what needs them."""
        from suixin.data.lake import holding, resealing, sealing
        from suixin.ground.security.keys import register_lasting, register_use
        from suixin.kit.keyring import Kind

        holding.register()
        register_use(sealing.PURPOSE, resealing.versions_in_use)
        register_lasting(sealing.PURPOSE, Kind.INDEX, "数据湖的盲索引始终用它,停用后加密的信息项无法按值查找。")
