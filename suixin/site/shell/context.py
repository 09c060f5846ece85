"""What every template knows: the city's name, the reader's language, the menus, who acts for whom."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from suixin.ground.notify.queries import unread_count
from suixin.ground.people.models import Account
from suixin.ground.people.residents.queries import actor_of_session, masked_name
from suixin.kit import clock, origin
from suixin.services.space import letters
from suixin.site.shell.city import city
from suixin.site.shell.menu import PORTAL_MENU, console_menu
from suixin.site.shell.middleware import VIEW_COOKIE, VIEWS
from suixin.site.shell.readers import acting_for, actor_for, places_of
from suixin.site.shell.residency import session_for


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
        "reading": view_of(request),
        "portal_menu": [(name, gettext(title)) for name, title in PORTAL_MENU],
        **_console(request),
        "year": clock.today().year,
        "is_debug": settings.DEBUG,
        "resident": resident_name(request),
        "unread_letters": partial(_unread_letters, request),  # asked only by the frame of residents' pages
        "trace_id": origin.current().trace_id,
    }


def _console(request: HttpRequest) -> dict[str, object]:
    """What only the console's frame asks about: who acts, for whom, where they may go."""
    if not request.path.startswith("/console/"):
        return {}
    place = acting_for(request)
    return {
        "actor": actor_for(request),
        "console_menu": console_menu(actor_for(request)),
        "acting_for": place,
        "bureau_name": place.public_name if place else "",
        "places": places_of(request),
        "unread": partial(_unread, request),  # asked only by the console's head
    }


def view_of(request: HttpRequest) -> str:
    """The reader's way of reading: normal, large or simple. The console has one."""
    chosen = request.COOKIES.get(VIEW_COOKIE, "")
    return chosen if chosen in VIEWS and not request.path.startswith("/console/") else VIEWS[0]


def _unread(request: HttpRequest) -> int:
    return unread_count(request.user) if isinstance(request.user, Account) else 0


def _unread_letters(request: HttpRequest) -> int:
    session = session_for(request)
    return letters.unread_count(actor_of_session(session)) if session is not None else 0


def resident_name(request: HttpRequest) -> str:
    """Masked name of the signed-in resident, of the firm when acting for one; empty when nobody is. Not for the console."""
    session = None if request.path.startswith("/console/") else session_for(request)
    if session is None:
        return ""
    return session.acting_for.firm.name if session.acting_for else masked_name(session.resident)
