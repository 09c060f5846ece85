"""Receipts of exchanges: the list with how to check them, one as a file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.site.shell.queries.exchange import common
from suixin.site.shell.queries.exchange import receipts as queries
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def receipt_list(request: HttpRequest) -> HttpResponse:
    """Receipts of what the reader's department received or provided."""
    page = queries.receipt_list(request.GET, actor=actor_for(request))
    context = {"page": page, "kinds": common.kinds("console-exchange-receipts"), "crumbs": common.crumbs((gettext("回执"), ""))}
    return render(request, "console/exchange/receipts.html", context)


@require_safe
@staff_page
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """One receipt, as `suixin receipt verify` takes it."""
    content = queries.receipt_of(pk, actor=actor_for(request))
    name = f'attachment; filename="exchange-{pk}-receipt.json"'
    return HttpResponse(content, content_type="application/json", headers={"Content-Disposition": name})
