"""Addresses of the console, all under /console/."""

from django.conf import settings
from django.urls import URLPattern, path

from suixin.site.shell.pages.console import accounts, desk, grants, proposals, styleguide, upload

urlpatterns: list[URLPattern] = [
    path("", desk.home, name="console-home"),
    path("login/", accounts.Login.as_view(), name="console-login"),
    path("logout/", accounts.Logout.as_view(), name="console-logout"),
    path("proposals/<slug:table>/", proposals.proposal, name="console-proposal"),
    path("resources/", desk.resources, name="console-resources"),
    path("resources/<slug:table>/", desk.resource, name="console-resource"),
    path("resources/<slug:table>/rejects/<int:batch>/", desk.rejects, name="console-rejects"),
    path("resources/<slug:table>/rejects/<int:batch>.csv", desk.rejects_file, name="console-rejects-file"),
    path("upload/", upload.upload, name="console-upload"),
    path("grants/", grants.grant_list, name="console-grants"),
    path("grants/new/", grants.give, name="console-grant-new"),
    path("grants/<uuid:uuid>/", grants.grant, name="console-grant"),
    path("access/", desk.access, name="console-access"),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="console-styleguide"))
    urlpatterns.append(path("styleguide/<slug:kind>.json", styleguide.chart, name="console-styleguide-chart"))
