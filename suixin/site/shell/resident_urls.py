"""Addresses of residents and firms on the portal."""

from django.urls import URLPattern, path

from suixin.site.shell.pages import doubts
from suixin.site.shell.pages.resident import cases, contact, firms, matters, me, signing, space, traces

urlpatterns: list[URLPattern] = [
    path("login/", signing.login, name="login"),
    path("login/<slug:slug>/", signing.start, name="login-start"),
    path("login/<slug:slug>/back", signing.back, name="login-back"),
    path("logout/", signing.logout, name="logout"),
    path("me/", me.me, name="me"),
    path("me/signins/", me.signins, name="me-signins"),
    path("me/signins/end/", me.end_sessions, name="me-end-sessions"),
    path("me/close/", me.close, name="me-close"),
    path("me/firms/", firms.firms, name="me-firms"),
    path("me/firms/act/", firms.act, name="me-act"),
    path("me/firms/<uuid:uuid>/<slug:answer>/", firms.answer, name="me-agency"),
    path("dataset/<slug:slug>/doubt/", doubts.resident_doubt, name="dataset-doubt"),
    path("me/doubts/", doubts.resident_doubts, name="me-doubts"),
    path("me/traces/", traces.traces, name="me-traces"),
    path("apply/<slug:code>/", cases.apply, name="apply"),
    path("apply/theme/<slug:slug>/", matters.apply_theme, name="theme-apply"),
    path("my/matters/<slug:number>/", matters.my_matter, name="my-matter"),
    path("my/calendar/", space.my_calendar, name="my-calendar"),
    path("my/calendar.ics", space.my_calendar_file, name="my-calendar-file"),
    path("my/messages/", space.my_letters, name="my-letters"),
    path("my/cases/", cases.my_cases, name="my-cases"),
    path("my/cases/<slug:number>/", cases.my_case, name="my-case"),
    path("my/cases/<slug:number>/papers/<uuid:uuid>/", cases.my_paper, name="my-paper"),
    path("my/files/<uuid:uuid>/", cases.my_file, name="my-file"),
    path("my/contact/", contact.contact, name="my-contact"),
    path("pay/simulated/<uuid:uuid>/", contact.cashier, name="pay-simulated"),
    path("my/authorities/", cases.my_authorities, name="my-authorities"),
    path("me/traces.csv", traces.traces_file, name="me-traces-file"),
]
