"""Feeds of sources: choosing table and entry, mapping columns, running, deciding changes of columns, watching a run."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from suixin.data.catalog.models import Resource
from suixin.data.collection import declaring, drifting, feeding, holding, logkeeping
from suixin.data.collection.errors import WrongSource
from suixin.data.collection.models import Feed, RunKind, Source
from suixin.data.collection.opening import connector_of
from suixin.data.collection.schedules import OF_CYCLE
from suixin.data.collection.sources.base import FILE_KINDS, Column, FileConnector, Kind, RowConnector, TableName
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotAllowed, SuixinError
from suixin.site.shell.components import Crumb
from suixin.site.shell.data_source_forms import FeedForm, RangeForm
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.queries import data_sources as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

SECONDS = 15
_STARTS = {"run": RunKind.ORDINARY, "dry": RunKind.DRY, "backfill": RunKind.BACKFILL}


@require_safe
@staff_page
def feed(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One feed."""
    page = queries.feed_page(uuid, actor=actor_for(request))
    context = {"page": page, "range": RangeForm(), "reason": ReasonForm(), "crumbs": _crumbs(page.feed.source, (page.feed.table, ""))}
    return render(request, "console/feed.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """First the table and the entry; with both, the mapping of columns; then the feed's page."""
    actor = actor_for(request)
    source = queries.source_by(slug, actor=actor, verb="collection.declare_feed")
    table, entry = request.GET.get("table", "").strip()[:300], request.GET.get("entry", "")[:120]
    crumbs = _crumbs(source, (gettext("添加采集任务"), ""))
    entries = queries.entries_for(actor)
    target = next((one for one in entries if one.table == entry), None)
    context: dict[str, object] = {"source": source, "crumbs": crumbs, "entries": entries, "table": table, "entry": entry}
    try:
        if not table or target is None:
            context["tables"] = _tables(source)
            context["is_asked"] = bool(table or entry)
            return render(request, "console/feed_new.html", context)
        return _mapped(request, source, target, table, context)
    except NotAllowed:
        raise
    except SuixinError as error:
        context |= {"sentence": error.sentence, "tables": []}
        return render(request, "console/feed_new.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The mapping of a feed that is there, with the source's columns as they are now."""
    held = queries.feed_by(uuid, actor=actor_for(request), verb="collection.declare_feed")
    assert held.source is not None  # noqa: S101 for the type checker: the query left those without out
    crumbs = _crumbs(held.source, (held.table, reverse("console-feed", args=[uuid])), (gettext("修改采集任务"), ""))
    context: dict[str, object] = {"source": held.source, "crumbs": crumbs, "feed": held, "table": held.table, "entry": held.resource.table}
    try:
        return _mapped(request, held.source, held.resource, held.table, context, held=held)
    except NotAllowed:
        raise
    except SuixinError as error:
        context["sentence"] = error.sentence
        return render(request, "console/feed_new.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@staff_page
def move(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Run it, try it, read a range or everything again, pause it, resume it, give its log up."""
    actor, wanted = actor_for(request), request.POST.get("move", "")
    held = queries.feed_by(uuid, actor=actor)
    try:
        if wanted in _STARTS:
            range_ = (request.POST.get("first", "")[:60], request.POST.get("last", "")[:60]) if wanted == "backfill" else ("", "")
            run = feeding.start_run(held, actor=actor, kind=_STARTS[wanted], range_=range_)
            return redirect("console-feed-run", uuid=run.uuid)
        messages.success(request, _moved(held, wanted, actor))
    except (NotAllowed, BadRequest):
        raise
    except SuixinError as error:
        messages.error(request, error.sentence)
    return redirect("console-feed", uuid=uuid)


def _moved(feed: Feed, wanted: str, actor: Actor) -> str:
    """What was done, in words. Raises BadRequest."""
    match wanted:
        case "pause" | "resume":
            declaring.switch_feed(feed, is_paused=wanted == "pause", actor=actor)
            return gettext("采集任务已暂停。") if wanted == "pause" else gettext("采集任务已恢复。")
        case "anew":
            logkeeping.read_anew(feed, actor=actor)
            return gettext("下次运行会重新全量读取，并去掉来源里已经没有的行。")
        case "release":
            logkeeping.release_log(feed, actor=actor)
            return gettext("已停止读日志，来源库不再为这个任务保留日志；任务已暂停。")
    raise BadRequest("不认识的操作；请从采集任务页办理。")


@require_POST
@staff_page
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The change of columns taken, renames as they were chosen, or kept out; a held state let in or dropped."""
    actor = actor_for(request)
    page = queries.feed_page(uuid, actor=actor)
    form = ReasonForm(request.POST)
    if request.POST.get("hold"):
        return _decided_hold(request, page, form)
    if page.drift is None:
        messages.error(request, gettext("没有等待决定的列变动；请刷新页面。"))
    elif not form.is_valid():
        messages.error(request, gettext("请写明理由，理由里不要写个人信息。"))
    else:
        chosen = {line.old: request.POST.get(f"rename_{number}", "") for number, line in enumerate(page.lines) if line.old}
        renames = {old: new for old, new in chosen.items() if new}
        try:
            if request.POST.get("move") == "take":
                drifting.take_drift(page.drift, renames=renames, actor=actor, reason=form.cleaned_data["reason"])
                messages.success(request, gettext("已接受新的列，下次运行按新的列采集。新增的列要先在目录里有信息项，再到“修改”里对应。"))
            else:
                drifting.keep_drift_out(page.drift, actor=actor, reason=form.cleaned_data["reason"])
                messages.success(request, gettext("不接受这次变动，采集任务已暂停；来源恢复原来的列后再恢复任务。"))
        except NotAllowed:
            raise
        except SuixinError as error:
            messages.error(request, error.sentence)
    return redirect("console-feed", uuid=uuid)


@require_safe
@staff_page
def run(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How a run stands; for htmx only the part that changes, for who has no script a link that asks again."""
    page = queries.run_page(uuid, actor=actor_for(request))
    held = page.run.feed
    crumbs = _crumbs(held.source, (held.table, reverse("console-feed", args=[held.uuid])), (gettext("采集记录"), ""))
    template = "console/feed_run_part.html" if request.headers.get("HX-Request") else "console/feed_run.html"
    return render(request, template, {"page": page, "crumbs": crumbs})


def _mapped(
    request: HttpRequest, source: Source, target: Resource, table: str, context: dict[str, object], *, held: Feed | None = None
) -> HttpResponse:
    actor = actor_for(request)
    columns = _columns(source, table) or (held.known_columns if held is not None else ())
    if not columns and source.kind == Kind.PUSH:
        raise WrongSource(f"来源“{source.name}”还没有收到过推送,看不出有哪些列;请来源系统先推送一条消息,再设置采集任务。")
    if not columns and source.kind == Kind.AGENT:
        raise WrongSource(f"前置机还没有报告数据流“{table}”有哪些列;请在前置机上运行 suixin agent check,看它能不能读到,再设置采集任务。")
    mapping: Mapping[str, str] = held.mapping if held is not None else declaring.suggested_mapping(columns, target)
    initial: dict[str, object] = {"schedule": OF_CYCLE.get(target.update_cycle, "")}
    if held is not None:
        initial = FeedForm.initial_of(held)
    form = FeedForm(
        request.POST if request.method == "POST" else None, columns=columns, resource=target, mapping=dict(mapping),
        takes_files=Kind(source.kind) in FILE_KINDS, keeps_place=source.kind != Kind.AGENT,
        has_log=logkeeping.has_log(source), initial=initial,
    )
    context |= {"form": form, "target": target}
    if form.is_valid():
        try:
            made = declaring.declare_source_feed(source, target, form.draft(table), columns=columns, actor=actor, feed=held)
        except NotAllowed:
            raise
        except SuixinError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, gettext("采集任务已保存，可以先试运行。"))
            if missing := logkeeping.missing_for_log(made):
                messages.warning(request, missing)
            return redirect("console-feed", uuid=made.uuid)
    return render(request, "console/feed_new.html", context, status=422 if request.method == "POST" else 200)


def _decided_hold(request: HttpRequest, page: queries.FeedPage, form: ReasonForm) -> HttpResponse:
    """The state that was seen, decided; one that came since is asked about anew."""
    is_taken = request.POST.get("move") == "take"
    if page.hold is None or str(page.hold.uuid) != request.POST["hold"]:
        messages.error(request, gettext("没有等待决定的整表更新；请刷新页面。"))
    elif not form.is_valid():
        messages.error(request, gettext("请写明理由，理由里不要写个人信息。"))
    else:
        try:
            holding.decide(page.hold, is_taken=is_taken, actor=actor_for(request), reason=form.cleaned_data["reason"])
        except WrongSource as error:
            messages.error(request, error.sentence)
        else:
            told = gettext("已同意删除，下次运行按归档的原件入库。") if is_taken else gettext("已作废，下次运行重新读取。")
            messages.success(request, told)
    return redirect("console-feed", uuid=page.feed.uuid)


def _tables(source: Source) -> list[TableName]:
    with connector_of(source, seconds=SECONDS) as connector:
        return connector.tables() if isinstance(connector, RowConnector) else []


def _columns(source: Source, table: str) -> tuple[Column, ...]:
    """The source's columns now; none of files, whose columns are known when they are opened."""
    with connector_of(source, seconds=SECONDS) as connector:
        if isinstance(connector, FileConnector):
            return ()
        assert isinstance(connector, RowConnector)  # noqa: S101 for the type checker: there is no third kind
        return connector.columns(table)


def _crumbs(source: Source | None, *steps: tuple[str, str]) -> list[Crumb]:
    assert source is not None  # noqa: S101 for the type checker: feeds without one have no page
    here = (source.name, reverse("console-data-source", args=[source.slug]))
    return console_crumbs((gettext("来源"), reverse("console-data-sources")), here, *steps)
