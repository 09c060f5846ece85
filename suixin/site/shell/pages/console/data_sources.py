"""Sources: the list with their health, one source, registering and editing it, what is done to it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from suixin.data.collection import declaring
from suixin.data.collection.models import Source
from suixin.data.collection.models.sources import KINDS
from suixin.data.collection.sources.base import Kind
from suixin.ground.security import policy
from suixin.kit.errors import BadRequest, NotAllowed, SuixinError
from suixin.site.shell.data_source_forms import SourceForm
from suixin.site.shell.queries import data_sources as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def source_list(request: HttpRequest) -> HttpResponse:
    """Sources within the reader's reach, each with its health."""
    page = queries.source_list(request.GET, actor=actor_for(request))
    return render(request, "console/data_sources.html", {"page": page, "kinds": KINDS, "crumbs": console_crumbs((gettext("来源"), ""))})


@require_safe
@staff_page
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One source."""
    page = queries.source_page(slug, actor=actor_for(request))
    crumbs = console_crumbs((gettext("来源"), reverse("console-data-sources")), (page.source.name, ""))
    return render(request, "console/data_source.html", {"page": page, "crumbs": crumbs})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """The form of a kind; then the new source's page."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "collection.declare_source")
    given = request.GET.get("kind", "")
    kind = Kind(given) if given in {one.value for one in Kind} else Kind.DATABASE
    form = SourceForm(request.POST if request.method == "POST" else None, kind=kind, actor=actor)
    if form.is_valid():
        try:
            made = declaring.declare_source(form.draft(), actor=actor)
        except NotAllowed:
            raise
        except SuixinError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, gettext("来源已登记，请先检查连接，再添加采集任务。"))
            return redirect("console-data-source", slug=made.slug)
    crumbs = console_crumbs((gettext("来源"), reverse("console-data-sources")), (gettext("登记来源"), ""))
    context = {"form": form, "kind": kind.value, "kinds": KINDS, "crumbs": crumbs}
    return render(request, "console/data_source_form.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The form with what is kept, but for secrets."""
    actor = actor_for(request)
    held = queries.source_by(slug, actor=actor, verb="collection.declare_source")
    form = SourceForm(request.POST if request.method == "POST" else None, kind=Kind(held.kind), actor=actor, held=held)
    if form.is_valid():
        try:
            is_forgotten = declaring.edit_source(held, form.draft(), actor=actor)
        except NotAllowed:
            raise
        except SuixinError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, gettext("来源已修改。"))
            if is_forgotten:
                messages.warning(request, gettext("地址或登录方式变了，为免凭据发给别的主机，原来保存的密码或密钥已清除，请重新填写。"))
            return redirect("console-data-source", slug=slug)
    crumbs = console_crumbs(
        (gettext("来源"), reverse("console-data-sources")), (held.name, reverse("console-data-source", args=[slug])),
        (gettext("修改来源"), ""),
    )
    context = {"form": form, "source": held, "crumbs": crumbs}
    return render(request, "console/data_source_form.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@staff_page
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Check it now, pause it, resume it."""
    actor, wanted = actor_for(request), request.POST.get("move", "")
    held = queries.source_by(slug, actor=actor)
    if wanted == "check":
        _told(request, declaring.check_source(held, actor=actor))
    elif wanted in ("pause", "resume"):
        declaring.switch_source(held, is_paused=wanted == "pause", actor=actor)
        messages.success(request, gettext("来源已暂停，它的采集任务不再运行。") if wanted == "pause" else gettext("来源已恢复。"))
    else:
        raise BadRequest("不认识的操作；请从来源页办理。")
    return redirect("console-data-source", slug=slug)


def _told(request: HttpRequest, checked: Source) -> None:
    (messages.success if checked.is_well else messages.error)(request, checked.health)
