"""The WSGI application: the lean doors first, Django (with WhiteNoise in its middleware) for the rest."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
_django = get_wsgi_application()

from suixin.data.doors.lean import application_or_none  # noqa: E402  models need Django set up

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """The answer to one request."""
    answer = application_or_none(environ, start_response)
    return answer if answer is not None else _django(environ, start_response)
