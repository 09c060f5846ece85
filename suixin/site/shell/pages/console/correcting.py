"""The annotated sheet of a batch: downloaded, and taken back corrected."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from suixin.data.collection import correcting, inbox
from suixin.data.lake.models import Batch
from suixin.data.quality.loop.sheets import sheet_of
from suixin.data.quality.models import Correction
from suixin.ground.flow.orders.queries import order_by
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed, SuixinError
from suixin.site.shell.forms import CorrectionForm
from suixin.site.shell.queries.batch import batch_page
from suixin.site.shell.readers import actor_for, staff_page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PIECE = 1 << 18


@require_safe
@staff_page
def sheet(request: HttpRequest, table: str, batch: int) -> HttpResponseBase:
    """The open rows of the batch as an annotated workbook."""
    found = _batch(table, batch, actor=actor_for(request))
    with ExitStack() as stack:
        made = stack.enter_context(sheet_of(found, actor=actor_for(request)))
        file = stack.enter_context(made.path.open("rb"))
        answer = StreamingHttpResponse(_pieces(file, stack.pop_all()), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{made.path.name}"'
    answer["Content-Length"] = str(made.path.stat().st_size)
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@staff_page
def take_back(request: HttpRequest, table: str, batch: int) -> HttpResponse:
    """A corrected sheet; back to the order, or the batch, from which it was handed in."""
    actor = actor_for(request)
    found = _batch(table, batch, actor=actor)
    policy.require(actor, "collection.run", found.resource)
    form = CorrectionForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(told) for errors in form.errors.values() for told in errors))
    else:
        _take(request, found, form, actor)
    if back := request.POST.get("order", ""):
        return redirect("console-order", key=order_by(back, actor=actor).number)
    return redirect("console-batch", table=table, batch=batch)


def _take(request: HttpRequest, found: Batch, form: CorrectionForm, actor: Actor) -> None:
    file = form.cleaned_data["file"]
    try:
        with inbox.passing(str(file.name), file.chunks()) as path:
            made = correcting.take_back(found, path, actor=actor, reason=form.cleaned_data["reason"])
    except NotAllowed:
        raise
    except SuixinError as error:
        messages.error(request, error.sentence)
        return
    told = messages.warning if made.still_bad else messages.success
    told(request, _told(made))


def _told(made: Correction) -> str:
    counted = {"mended": made.mended, "bad": made.still_bad, "given": made.given_up}
    told = gettext("更正表已处理：%(mended)d 行更正入库，%(bad)d 行仍不合格，%(given)d 行不再提供。") % counted
    return told + (gettext("请再下载更正表，看仍不合格的行。") if made.still_bad else "")


def _batch(table: str, batch: int, *, actor: Actor) -> Batch:
    """The batch of that resource, when the actor may see it. Raises NotFound, NotAllowed."""
    return batch_page(table, batch, actor=actor).batch


def _pieces(file: BinaryIO, stack: ExitStack) -> Iterator[bytes]:
    with stack:
        while piece := file.read(PIECE):
            yield piece
