"""Monthly governance reports: the list, one of them, its papers, computed again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog.generators import papers
from suixin.kit.errors import NotFound
from suixin.site.governance import making
from suixin.site.governance.papers_of import paper_of
from suixin.site.shell.queries import governance as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAKERS = {"docx": (papers.docx, DOCX), "pdf": (papers.pdf, "application/pdf")}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def report_list(request: HttpRequest) -> HttpResponse:
    """All reports; a button makes that of last month when it is missing."""
    actor = actor_for(request)
    page = queries.report_list(actor=actor)
    if request.method == "POST":
        kept = making.make_report(request.POST.get("month", ""), actor=actor)
        messages.success(request, gettext("%(month)s 治理报告已生成。") % {"month": kept.month})
        return redirect("console-report", month=kept.month)
    context = {"page": page, "crumbs": console_crumbs((gettext("数据质量"), reverse("console-quality")), (gettext("月度治理报告"), ""))}
    return render(request, "console/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def report(request: HttpRequest, month: str) -> HttpResponse:
    """One report; a button computes it again and compares."""
    actor = actor_for(request)
    page = queries.report_page(month, actor=actor)
    if request.method == "POST":
        if making.is_same(page.kept, actor=actor):
            messages.success(request, gettext("重算结果与报告一致，SM3 相同。"))
        else:
            messages.warning(request, gettext("重算结果与报告不同：那个月的批次、工单或校核在生成之后变动过。报告本身不改。"))
        return redirect("console-report", month=month)
    home, every = (gettext("数据质量"), reverse("console-quality")), (gettext("月度治理报告"), reverse("console-reports"))
    crumbs = console_crumbs(home, every, (month, ""))
    return render(request, "console/report.html", {"page": page, "crumbs": crumbs})


@require_safe
@staff_page
def paper(request: HttpRequest, month: str, form: str) -> HttpResponse:
    """The report as DOCX or PDF."""
    kept = queries.report_by(month, actor=actor_for(request))
    if form not in MAKERS:
        raise NotFound(gettext("报告只有 DOCX 和 PDF 两种格式；请从报告页下载。"))
    make, kind = MAKERS[form]
    content = make(paper_of(kept))
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="governance-{month}.{form}"'
    response["Cache-Control"] = "private, no-store"
    return response
