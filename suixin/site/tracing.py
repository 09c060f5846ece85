"""Every request has an origin, and every answer says its trace id."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from suixin.kit import origin


class Tracing:
    """The outermost middleware: what happens inside is on record under one trace id, answered as X-Trace-Id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, with the trace id of its request."""
        with origin.at(origin.of_environ(request.META, settings.SUIXIN.proxies)) as here:
            response = self.get_response(request)
        response.headers[origin.HEADER] = here.trace_id
        return response
