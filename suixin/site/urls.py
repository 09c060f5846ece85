"""All addresses of the site that Django answers: the JSON API, then the pages.

Gateway, rows and downloads are answered before Django by `suixin.data.doors.lean` (`site/wsgi.py`).
"""

from django.urls import URLPattern, URLResolver, include, path

from suixin.site.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("", include("suixin.site.shell.urls")),
]

handler400 = "suixin.site.shell.pages.errors.bad_request"
handler403 = "suixin.site.shell.pages.errors.forbidden"
handler404 = "suixin.site.shell.pages.errors.not_found"
handler500 = "suixin.site.shell.pages.errors.server_error"
