"""Pages of the audit log: search, one record, own traces, export, verifying now."""

import csv
from collections.abc import Iterator
from contextlib import suppress

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from suixin.ground.audit import actions as audit
from suixin.ground.audit.queries import Conditions, swept
from suixin.ground.audit.sealing import seal_pending
from suixin.ground.jobs import actions as jobs
from suixin.ground.security import policy
from suixin.kit.errors import BadRequest, SuixinError
from suixin.kit.inert import inert
from suixin.site.shell.queries import audit_log as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

COLUMNS = (
    "id", "at", "actor_kind", "actor_key", "actor_name", "organisation", "action", "object_type", "object_key", "basis",
    "code", "trace_id", "address", "terminal", "before_hash", "after_hash", "detail",
)
TYPES = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}


@require_safe
@staff_page
def audit_list(request: HttpRequest) -> HttpResponse:
    """The log, searched."""
    page = queries.audit_log(request.GET, actor=actor_for(request))
    return render(request, "console/audit.html", {"page": page, "crumbs": console_crumbs((gettext("审计日志"), ""))})


@require_safe
@staff_page
def own_traces(request: HttpRequest) -> HttpResponse:
    """What one's own account did."""
    page = queries.own_traces(request.GET, actor=actor_for(request))
    return render(request, "console/audit_mine.html", {"page": page, "crumbs": console_crumbs((gettext("我的操作记录"), ""))})


@require_safe
@staff_page
def audit_record(request: HttpRequest, record: int) -> HttpResponse:
    """One record."""
    actor = actor_for(request)
    page = queries.record_page(record, actor=actor)
    log = (gettext("审计日志"), reverse("console-audit"))
    own = (gettext("我的操作记录"), reverse("console-audit-mine"))
    crumbs = console_crumbs(log if policy.may(actor, "audit.view", None) else own, (page.record.action, ""))
    return render(request, "console/audit_record.html", {"page": page, "crumbs": crumbs})


@require_POST
@staff_page
def verify(request: HttpRequest) -> HttpResponse:
    """The whole log is verified by a job; its result stands on the card when it is done."""
    actor = actor_for(request)
    policy.require(actor, "audit.verify", None)
    jobs.enqueue("audit.verify", actor=actor)
    messages.success(request, gettext("已开始核验整条审计链，结果会显示在本页。"))
    return redirect("console-audit")


@require_safe
@staff_page
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Everything that the conditions find, as CSV or one JSON object a line; on record before the first line leaves."""
    actor = actor_for(request)
    policy.require(actor, "audit.export", None)
    asked = queries.SearchForm(request.GET)
    if not asked.is_valid():
        raise BadRequest("导出条件有误：请回到审计日志页改正后再导出。")
    conditions = queries.conditions_of(asked)
    said = {name: str(value) for name, value in asked.cleaned_data.items() if value}
    audit.record(actor, "audit.exported", ("audit.record", form), detail={"format": form, "conditions": said})
    with suppress(SuixinError):  # a chain that is known to be broken is exported as it is; `verify` names the fault
        seal_pending(is_anchored=True)
    lines = _csv(conditions) if form == "csv" else _ndjson(conditions)
    response = StreamingHttpResponse(lines, content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="audit.{form}"'
    response["Cache-Control"] = "private, no-store"
    return response


class _Echo:
    """A file-like object that gives back what is written, for `csv.writer`."""

    def write(self, text: str) -> str:
        return text


def _csv(conditions: Conditions) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(COLUMNS))
    for record in swept(conditions):
        values = [getattr(record, name) for name in COLUMNS[:-1]]
        values[1] = record.at.isoformat()
        yield str(writer.writerow([inert(str(value)) for value in (*values, orjson.dumps(record.detail).decode())]))


def _ndjson(conditions: Conditions) -> Iterator[bytes]:
    for record in swept(conditions):
        yield orjson.dumps({name: getattr(record, name) for name in COLUMNS}) + b"\n"
