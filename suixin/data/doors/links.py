"""Absolute addresses of this site in answers."""

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from suixin.data.doors.exchange import Request


def base_of(request: Request) -> str:
    """Scheme and host as asked, when the host is one of ours; else nothing, and links are relative."""
    host = request.header("Host")
    name, _ = split_domain_port(host)
    if not name or not validate_host(name, settings.ALLOWED_HOSTS):
        return ""
    scheme = "https" if settings.SUIXIN.https else str(request.environ.get("wsgi.url_scheme", "http"))
    return f"{scheme}://{host}"
