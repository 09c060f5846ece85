"""The working-day calendar: look at a year, edit a day, bring the next notice after a preview."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.ground.flow import calendar_reading, calendars
from suixin.ground.flow.calendars import Changed
from suixin.ground.security import policy
from suixin.kit.errors import SuixinError
from suixin.site.shell.calendar_forms import DayForm, YearForm
from suixin.site.shell.queries import work_calendar as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def calendar(request: HttpRequest) -> HttpResponse:
    """The year; the buttons set a day, show what a notice would change, and load it."""
    wish = request.POST.get("wish", "") if request.method == "POST" else ""
    day = DayForm(request.POST if wish == "day" else None, auto_id="day_%s")
    year = YearForm(request.POST if wish in ("preview", "load") else None, request.FILES or None, auto_id="year_%s")
    extra: dict[str, object] = {"day": day, "form": year}
    if request.method == "POST":
        policy.require(actor_for(request), "flow.edit_calendar", None)
        try:
            if wish == "day" and day.is_valid():
                return _set(request, day)
            if wish == "load" and year.is_valid():
                return _done(request, calendars.import_year(
                    year.cleaned_data["text"], actor=actor_for(request), year=year.cleaned_data["year"]))  # fmt: skip
            if wish == "preview" and year.is_valid():
                extra |= _previewed(year)
        except SuixinError as error:
            extra |= {"refusal": error.sentence.partition("：")[0] + "。", "faults": error.fields.get("faults") or [error.sentence]}
    page = queries.calendar_page(request.GET.get("year", ""), actor=actor_for(request))
    status = 422 if request.method == "POST" and "announced" not in extra else 200
    context = {"page": page, "crumbs": console_crumbs((gettext("工作日日历"), "")), **extra}
    return render(request, "console/calendar.html", context, status=status)


def _set(request: HttpRequest, form: DayForm) -> HttpResponse:
    typed = form.cleaned_data
    return _done(request, calendars.set_day(
        typed["date"], typed["arrangement"] == "work", typed["name"], actor=actor_for(request), reason=typed["reason"]))  # fmt: skip


def _previewed(form: YearForm) -> dict[str, object]:
    """What the file or text announces, and in which words it is sent again when it is to count."""
    file, typed = form.cleaned_data["file"], form.cleaned_data
    content = file.read(calendar_reading.MAX_BYTES + 1) if file else typed["text"]
    announced = calendars.read(content, year=typed["year"])
    return {"announced": announced, "preview": queries.preview(announced), "again": calendar_reading.as_text(announced)}


def _done(request: HttpRequest, changed: Changed) -> HttpResponse:
    numbers = {"days": len(changed.days), "n": changed.recomputed}
    if changed.job:
        messages.success(request, gettext("日历已更新，%(days)d 天有变化；受影响的到期时间由后台作业重算。") % numbers)
    else:
        messages.success(request, gettext("日历已更新，%(days)d 天有变化；重算到期时间 %(n)d 件，已记入流转记录和审计。") % numbers)
    return redirect(f"{reverse('console-calendar')}?year={changed.year}")
