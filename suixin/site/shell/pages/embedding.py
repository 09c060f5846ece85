"""What other places show of the catalogue: the card of an entry for a frame, its oEmbed description, the feed of changes."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import conditional_page, require_safe

from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell.queries import card as queries
from suixin.site.shell.queries.catalogue import published_entry

# the one page that others may frame: no script, nothing from elsewhere, nothing sent anywhere
CARD_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
LANGUAGES = {"": "zh-hans", "zh": "zh-hans", "en": "en"}


@require_safe
@conditional_page
@xframe_options_exempt
@cache_control(public=True, max_age=300)
def card(request: HttpRequest, table: str) -> HttpResponse:
    """The card of a published entry; `language=en` for English, since a frame sends no cookie of ours."""
    language = LANGUAGES.get(request.GET.get("language", ""), "zh-hans")
    resource = published_entry(table)
    shown = "en" if language == "en" else "zh-Hans"
    with translation.override(language):
        context = {"card": queries.card_of(resource), "language": shown, "site": site_of(request)}
        response = render(request, "portal/card.html", context)
    response.headers["Content-Security-Policy"] = CARD_POLICY
    response.headers["Content-Language"] = shown
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@conditional_page
@cache_control(public=True, max_age=300)
def oembed(request: HttpRequest) -> HttpResponse:
    """How the entry at `url` is embedded (oEmbed 1.0, JSON); only addresses of our own catalogue are answered."""
    try:
        if request.GET.get("format", "json") != "json":
            return _refused("只提供 format=json；请去掉 format 参数。", 501)
        site = site_of(request)
        resource = published_entry(queries.table_in(request.GET.get("url", ""), site))
        width = _size(request, "maxwidth", queries.WIDTH, queries.NARROWEST)
        height = _size(request, "maxheight", queries.HEIGHT, queries.LOWEST)
    except SuixinError as error:
        return _refused(error.sentence, error.http_status)
    return JsonResponse({
        "version": "1.0", "type": "rich", "title": resource.title, "author_name": resource.provider.name, "provider_url": f"{site}/",
        "html": queries.snippet(resource, site, width=width, height=height), "width": width, "height": height, "cache_age": 300,
    }, json_dumps_params={"ensure_ascii": False})


@require_safe
@conditional_page
@cache_control(public=True, max_age=60)
def changes_atom(request: HttpRequest) -> HttpResponse:
    """What became of entries lately, for feed readers."""
    content = queries.atom(site_of(request), request.build_absolute_uri(request.path))
    return HttpResponse(content, content_type="application/atom+xml; charset=utf-8")


def site_of(request: HttpRequest) -> str:
    """Our own address as this reader reached it, without a slash at its end."""
    return request.build_absolute_uri("/").rstrip("/")


def _size(request: HttpRequest, name: str, usual: int, least: int) -> int:
    text = request.GET.get(name, "")
    if text and (not text.isdecimal() or len(text) > 6):
        raise BadRequest(f"参数 {name} 的值“{text[:20]}”不对：应为像素数。")
    return max(least, min(usual, int(text))) if text else usual


def _refused(sentence: str, status: int) -> HttpResponse:
    return JsonResponse({"message": sentence}, status=status, json_dumps_params={"ensure_ascii": False})
