"""What every template knows: the city's name, the reader's language, the console's menu."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from suixin.kit import clock
from suixin.site.shell.city import city

PORTAL_MENU = (
    ("portal-home", "首页"), ("dataset-list", "开放数据"), ("catalogue", "资源目录"), ("developers", "开发者"),
    ("help", "帮助"),
)
CONSOLE_MENU = (
    ("console-home", "待办", "inbox"), ("console-resources", "数据资源", "table"), ("console-upload", "上传归集", "upload"),
    ("console-grants", "授权", "key"), ("console-access", "访问日志", "list"),
)


def shell(request: HttpRequest) -> dict[str, object]:
    """Names for the layout templates."""
    here = request.resolver_match.url_name if request.resolver_match else ""
    language = get_language() or "zh-hans"
    place = city(settings.SUIXIN.city)
    return {
        "city_name": place.english_name if language.startswith("en") else place.name,
        "language": "en" if language.startswith("en") else "zh-Hans",
        "is_english": language.startswith("en"),
        "here": here,
        "portal_menu": [(name, gettext(title)) for name, title in PORTAL_MENU],
        "console_menu": [(name, gettext(title), icon) for name, title, icon in CONSOLE_MENU],
        "year": clock.today().year,
        "is_debug": settings.DEBUG,
    }
