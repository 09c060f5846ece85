"""All addresses of the site, doors first, then the pages; each module lists its own in its `urls.py`."""


from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

MODULES = (
    "suixin.data.doors.urls",
    "suixin.data.sharing.urls",
    "suixin.data.opening.urls",
    "suixin.data.insight.urls",
    "suixin.data.collection.urls",
    "suixin.data.catalog.urls",
    "suixin.site.shell.urls",
)


def _exists(module: str) -> bool:
    relative = module.replace(".", "/")
    return any((settings.ROOT / f"{relative}{end}").exists() for end in (".py", "/__init__.py"))


urlpatterns: list[URLPattern | URLResolver] = [path("", include(module)) for module in MODULES if _exists(module)]
