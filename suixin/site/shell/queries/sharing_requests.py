"""What the pages of requests show: the desk of who asks and who answers, picking from the catalogue, a basket, one part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.data.access.models import Door
from suixin.data.catalog import finding, publication
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.sharing import drafting, queries, rules
from suixin.data.sharing.models import Part, PartState, Request, RequestState, Share, ShareState
from suixin.data.sharing.rules import Check
from suixin.ground.files.models import Attachment
from suixin.ground.flow import rights
from suixin.ground.flow.models import Colour, Step, StepKind
from suixin.ground.people.models import Account, Organisation
from suixin.ground.people.queries import within
from suixin.ground.search import finding as search
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed, NotFound
from suixin.site.shell.components import Cell, Column, Pages, Stat, Table, Tone
from suixin.site.shell.components import Step as Shown
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.queries.shares_in_hand import shares_in_hand, shares_stat
from suixin.site.shell.queries.sharing_datasets import receipts_fact
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import mask, word

PAGE_SIZE, PICKED, MOST_SHARES, MOST_DRAFTS = 30, 40, 200, 20
STATE_TONES: Mapping[str, Tone] = {
    PartState.DRAFT: "quiet", PartState.ASKED: "info", PartState.AGREED: "good", PartState.REFUSED: "bad", PartState.WITHDRAWN: "quiet",
}
SHARE_TONES: Mapping[str, Tone] = {
    ShareState.PROVIDING: "warn", ShareState.IN_USE: "good", ShareState.SUSPENDED: "bad", ShareState.DISPOSING: "warn",
    ShareState.ARCHIVED: "quiet",
}
DESKS = (("", gettext_noop("全部")), ("asked", gettext_noop("本单位申请的")), ("provided", gettext_noop("向本单位申请的")))
_COLOURS: Mapping[str, Tone] = {"amber": "warn", "red": "bad"}


@dataclass(frozen=True, slots=True)
class SharingDesk:
    """Where everything stands. `desks` and `states`: value, label, whether chosen."""

    stats: Sequence[Stat]
    parts: Table
    pages: Pages
    shares: Table
    drafts: Table | None
    desks: Sequence[tuple[str, str, bool]]
    states: Sequence[tuple[str, str, bool]]
    words: str
    may_ask: bool


@dataclass(frozen=True, slots=True)
class Picked:
    """One entry that may be picked."""

    resource: Resource
    href: str
    items: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of a basket with what is wrong with it."""

    part: Part
    href: str
    stage: str
    tone: Tone
    faults: Sequence[Check]


@dataclass(frozen=True, slots=True)
class BasketPage:
    """One request."""

    request: Request
    lines: Sequence[PartLine]
    files: Sequence[Attachment]
    may_edit: bool
    may_submit: bool


@dataclass(frozen=True, slots=True)
class PartPage:
    """One part. What the reader may do about it now is told by the flags."""

    part: Part
    stage: Cell
    facts: Sequence[tuple[str, str]]
    items: Table
    checks: Sequence[Check]
    history: Sequence[Shown]
    files: Sequence[Attachment]
    step: Step | None
    share: Share | None
    case_href: str
    dispute_href: str
    may_state: bool
    may_hand_on: bool
    may_withdraw: bool
    may_set_terms: bool
    may_dispute: bool
    is_automatic: bool
    may_set_automatic: bool


def desk(parameters: QueryDict, *, actor: Actor) -> SharingDesk:
    """Requests and shares under `q`, `of`, `state`, `page`. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    words, of, state = (parameters.get(name, "").strip()[:100] for name in ("q", "of", "state"))
    every = queries.staged(queries.visible_parts(actor)).exclude(state=PartState.DRAFT)
    if words:
        every = every.filter(Q(resource__title__icontains=words) | Q(request__title__icontains=words) | Q(request__number=words))
    if of in ("asked", "provided"):
        every = every.filter(within(actor, "sharing.view", "request__organisation" if of == "asked" else "resource__provider"))
    shown, pages = page_of(in_stage(every, state).order_by("-pk"), parameters, size=PAGE_SIZE)
    shares = shares_in_hand(actor)
    if of in ("asked", "provided"):
        shares = shares.filter(within(actor, "sharing.view", "organisation" if of == "asked" else "resource__provider"))
    drafts = queries.own_requests(actor).filter(state=RequestState.DRAFT)[:MOST_DRAFTS]
    may_ask = policy.may_anywhere(actor, "sharing.request")
    return SharingDesk(
        _stats(actor, shares), parts_table(shown), pages, shares_table(shares[:MOST_SHARES]),
        _drafts(drafts) if may_ask and drafts else None, [(value, gettext(label), value == of) for value, label in DESKS],
        [(value, label, value == state) for value, label in stage_choices()], words, may_ask,
    )


def stage_choices() -> list[tuple[str, str]]:
    """Values of `state` with their words."""
    return [
        ("", gettext("全部")), ("late", gettext("逾期")), ("supplement", word(queries.SUPPLEMENT)),
        *((node, word(text)) for node, text in queries.STAGES.items()),
        *((value, word(str(label))) for value, label in PartState.choices if value in (PartState.AGREED, PartState.REFUSED,
            PartState.WITHDRAWN)),
    ]


def in_stage(found: QuerySet[Part], state: str) -> QuerySet[Part]:
    """The parts of `staged` in that stage; every one for an unknown one."""
    if state == "late":
        return found.filter(Q(colour=Colour.RED))
    if state == "supplement":
        return found.filter(Q(flow="supplement"))
    if state in queries.STAGES:
        return found.filter(Q(node=state) & ~Q(flow="supplement"))
    return found.filter(Q(state=state, node=None)) if state in PartState.values else found


def parts_table(parts: Iterable[Part]) -> Table:
    """Parts as rows: what, of whom, where it stands, by when."""
    columns = (
        Column(gettext("信息资源")), Column(gettext("需求部门")), Column(gettext("提供部门")), Column(gettext("状态")),
        Column(gettext("应办日期")), Column(gettext("申请编号"), is_code=True), Column(gettext("提交时间")),
    )
    rows = [
        (Cell(one.title, reverse("console-sharing-part", args=[one.uuid]), note=one.request.title),
         Cell(str(one.request.organisation)), Cell(str(one.resource.provider)), stage_cell(one), due_cell(one), Cell(one.request.number),
         Cell(moment(one.request.filed_at) if one.request.filed_at else ""))
        for one in parts
    ]
    return Table(gettext("共享申请"), columns, rows, gettext("没有符合条件的申请。"), is_cards=True)


def shares_table(shares: Iterable[Share]) -> Table:
    """Shares as rows: what, between whom, until when."""
    columns = (
        Column(gettext("信息资源")), Column(gettext("需求部门")), Column(gettext("提供部门")), Column(gettext("状态")),
        Column(gettext("共享方式")), Column(gettext("使用时限")),
    )
    rows = [
        (Cell(one.title, reverse("console-sharing-share", args=[one.uuid]), note=one.purpose[:60]), Cell(str(one.organisation)),
         Cell(str(one.resource.provider)), share_cell(one), Cell(doors_of(one.grant.doors)),
         Cell(moment(one.grant.valid_until) if one.grant.valid_until else ""))
        for one in shares
    ]
    return Table(gettext("共享中的数据"), columns, rows, gettext("还没有共享中的数据。"), is_cards=True)


def stage_cell(part: Part) -> Cell:
    """Where a part of `staged` stands, as a badge."""
    tone: Tone = "warn" if getattr(part, "flow", "") == "supplement" else STATE_TONES.get(part.state, "")
    return Cell(word(queries.stage_of(part)), tone=tone)


def share_cell(share: Share) -> Cell:
    """Where a share stands, as a badge."""
    return Cell(word(share.get_state_display()), tone=SHARE_TONES.get(share.state, ""))


def due_cell(part: Part) -> Cell:
    """By when the step is due, told when it is near or past."""
    due, colour = getattr(part, "due_at", None), str(getattr(part, "colour", ""))
    if due is None:
        return Cell("")
    told = {"red": gettext("逾期"), "amber": gettext("临期")}.get(colour, "")
    return Cell(moment(due) + (f" · {told}" if told else ""), tone=_COLOURS.get(colour, ""))


def doors_of(doors: Sequence[str]) -> str:
    """Names of doors."""
    return "、".join(word(str(Door(one).label)) for one in doors if one in Door.values)


def pick(text: str, chosen: Sequence[str], *, actor: Actor) -> list[Picked]:
    """Entries in force that may be asked for: those chosen, then the best found; without words those that came into force last."""
    policy.require_anywhere(actor, "sharing.request")
    open_ones = Resource.objects.published().exclude(share_type=rules.WITHHELD).select_related("provider").prefetch_related("items")
    if text:
        keys = [one.key for one in search.search(finding.PUBLIC, text, size=PICKED).documents]
        by_table = {one.table: one for one in open_ones.filter(table__in=keys)}
        found = [by_table[key] for key in keys if key in by_table]
    else:
        found = list(open_ones.order_by("-updated_at", "-pk")[:PICKED])
    first = list(open_ones.filter(table__in=chosen[:PICKED]))
    found = [*first, *(one for one in found if one not in first)]
    return [
        Picked(one, reverse("console-resource", args=[one.table]), "、".join(item.name for item in list(one.items.all())[:8]),
               one.provider.uscc == actor.organisation)
        for one in found
    ]


def may_ask_for(resource: Resource, *, actor: Actor) -> bool:
    """Whether the actor's department may ask for the entry's data."""
    is_open = resource.state == ResourceState.PUBLISHED and resource.share_type != rules.WITHHELD
    return is_open and resource.provider.uscc != actor.organisation and policy.may_anywhere(actor, "sharing.request")


def drafts_of(actor: Actor) -> list[Request]:
    """Baskets of the actor that more may be put into."""
    found = queries.own_requests(actor).filter(state=RequestState.DRAFT, organisation__uscc=actor.organisation)
    return list(found[:MOST_DRAFTS])


def request_of(uuid: UUID, *, actor: Actor) -> Request:
    """The request of that uuid, of a department for which the actor asks, or that it sees. Raises NotFound, NotAllowed."""
    found = Request.objects.select_related("organisation", "application").filter(uuid=uuid).first()
    if found is None:
        raise NotFound(gettext("没有这份申请；请从共享申请进入。"))
    policy.require(actor, "sharing.view", found.organisation)
    return found


def basket_page(uuid: UUID, *, actor: Actor) -> BasketPage:
    """One request with its parts. Raises NotFound, NotAllowed."""
    request = request_of(uuid, actor=actor)
    parts = queries.staged(request.parts.select_related("request__organisation", "resource__provider", "instance")).order_by("pk")
    is_draft = request.state == RequestState.DRAFT
    lines = [
        PartLine(
            one, reverse("console-sharing-part", args=[one.uuid]), word(queries.stage_of(one)), stage_cell(one).tone,
            [check for check in drafting.checks_of(one) if check.fault] if is_draft else [],
        ) for one in parts
    ]
    may_edit = is_draft and policy.may(actor, "sharing.request", request.organisation)
    is_ready = bool(lines) and not any(one.faults for one in lines) and actor.organisation == request.organisation.uscc
    return BasketPage(request, lines, list(drafting.files_of(request)), may_edit, may_edit and is_ready)


def part_of(uuid: UUID, *, actor: Actor) -> Part:
    """The part of that uuid, staged. Raises NotFound, NotAllowed."""
    every = Part.objects.select_related("request__organisation", "request__application", "resource__provider", "instance", "amends")
    found = queries.staged(every).filter(uuid=uuid).first()
    if found is None:
        raise NotFound(gettext("没有这份申请；请从共享申请进入。"))
    if not queries.may_view_part(actor, found):
        policy.require(actor, "sharing.view", found.request.organisation)
        raise NotAllowed(gettext("没有查看这份申请的权限；请换用需求部门或提供部门的账号。"))
    return found


def part_page(uuid: UUID, *, actor: Actor) -> PartPage:
    """One part in full. Raises NotFound, NotAllowed."""
    part = part_of(uuid, actor=actor)
    instance = part.instance
    step = publication.waiting_step(instance) if instance is not None and instance.is_live else None
    asker = part.request.organisation
    is_asker = actor.organisation == asker.uscc and policy.may(actor, "sharing.request", asker)
    may_answer = policy.may(actor, "sharing.answer", part.resource)
    share = Share.objects.filter(part=part).first()
    dispute = part.disputes.first()
    may_act = step is not None and rights.may_act(actor, step)
    may_state = drafting.may_state(part, actor)
    is_open = part.resource.share_type == rules.UNCONDITIONAL
    return PartPage(
        part, stage_cell(part), [one for one in _facts(part) if one[1]], _items(part), drafting.checks_of(part), _history(part),
        list(drafting.files_of(part.request)), step if may_act and not may_state else None, share,
        reverse("console-case", args=[instance.uuid]) if instance is not None and policy.may_anywhere(actor, "flow.view") else "",
        reverse("console-sharing-dispute", args=[dispute.uuid]) if dispute is not None else "",
        may_state, may_state and part.state == PartState.ASKED,
        is_asker and part.state == PartState.ASKED and instance is not None and rights.is_starter(actor, instance),
        may_answer and part.state == PartState.ASKED and part.received_at is not None and share is None,
        is_asker and part.state == PartState.REFUSED,
        hasattr(part.resource, "automatic_answer"), is_open and policy.may(actor, "sharing.answer", part.resource),
    )


def _stats(actor: Actor, shares: QuerySet[Share]) -> list[Stat]:
    parts = queries.staged(queries.visible_parts(actor))
    here = reverse("console-sharing")
    counts = (
        (gettext("办理中"), parts.filter(state=PartState.ASKED).count(), ""), (gettext("待补正"),
            parts.filter(Q(flow="supplement")).count(),
            "supplement"),
        (gettext("逾期"), parts.filter(Q(colour=Colour.RED)).count(), "late"), (gettext("待供数"), parts.filter(Q(node="provided")).count(),
            "provided"),
    )
    return [
        *(Stat(label, number(n), href=f"{here}?state={state}" if state else here) for label, n, state in counts),
        shares_stat(shares),
    ]


def _drafts(found: Iterable[Request]) -> Table:
    columns = (Column(gettext("草稿")), Column(gettext("资源数"), is_numeric=True), Column(gettext("经办人")), Column(gettext("建立时间")))
    rows = [
        (Cell(one.title, reverse("console-sharing-request", args=[one.uuid])), Cell(number(one.parts.count())), Cell(one.kept_by),
         Cell(moment(one.created_at))) for one in found
    ]
    return Table(gettext("草稿"), columns, rows, gettext("没有草稿。"))


def _facts(part: Part) -> list[tuple[str, str]]:
    request = part.request
    return [
        (gettext("需求部门"), request.organisation.name), (gettext("经办人"), request.kept_by),
        (gettext("提供部门"), part.resource.provider.name), (gettext("共享类型"), word(part.resource.get_share_type_display())),
        (gettext("共享条件"), part.resource.share_condition), (gettext("使用依据"), part.law), (gettext("文号"), part.document),
        (gettext("条款"), part.article), (gettext("使用场景"), part.scenario), (gettext("使用范围（行条件）"), part.row_filter),
        (gettext("使用范围（区划）"), "、".join(part.divisions)), (gettext("共享方式"), doors_of(part.doors)),
        (gettext("使用时限"), moment(part.until) if part.until else ""),
        (gettext("调用应用"), request.application.name if request.application else ""),
        (gettext("调用频次"), _quota(part)), (gettext("提供方要求"), part.condition), receipts_fact(is_receipted=part.is_receipted),
        (gettext("答复"), part.answer), (gettext("答复人"), part.answered_by), (gettext("答复时间"),
            moment(part.answered_at) if part.answered_at else ""),
    ]


def _quota(part: Part) -> str:
    told = [
        gettext("每秒 %(n)s 次") % {"n": number(part.per_second)} if part.per_second else "",
        gettext("每日 %(n)s 次") % {"n": number(part.per_day)} if part.per_day else "",
    ]
    return "，".join(one for one in told if one)


def _items(part: Part) -> Table:
    columns = (Column(gettext("信息项")), Column(gettext("字段名"), is_code=True), Column(gettext("分级")), Column(gettext("脱敏")))
    asked = set(part.columns)
    rows = [
        (Cell(one.name), Cell(one.field), Cell(one.level.title), Cell(mask(shown) if (shown := part.masks.get(one.field,
         one.mask)) else ""))
        for one in part.resource.contract.items if one.field in asked
    ]
    return Table(gettext("申请的信息项"), columns, rows, gettext("没有选信息项。"))


def _history(part: Part) -> list[Shown]:
    if part.instance is None:
        return []
    steps = part.instance.steps.exclude(status__in=("skipped", "cancelled")).select_related("organisation").order_by("opened_at", "pk")
    told = {one.step_id: one.reason for one in part.instance.transitions.exclude(reason="") if one.step_id}
    segments = {one.step_id: one for one in part.instance.segments.all()}
    shown = []
    for one in steps:
        lines = [(gettext("单位"), str(one.organisation or "")), (gettext("时间"), moment(one.done_at or one.opened_at))]
        if one.due_at is not None and one.done_at is None:
            lines.append((gettext("应办日期"), moment(one.due_at)))
        if one.decided_by:
            lines.append((gettext("办理人"), one.decided_by))
        if one.kind == StepKind.SUPPLEMENT:
            lines.append((gettext("补正内容"), "、".join(str(text) for text in one.request.get("missing", []))))
        if told.get(one.pk):
            lines.append((gettext("说明"), told[one.pk]))
        segment = segments.get(one.pk)
        if segment is not None and segment.days:
            lines.append((gettext("延长"), gettext("%(n)s 个工作日，%(who)s批准") % {"n": segment.days, "who": segment.approver}))
        shown.append(Shown(word(one.title), [line for line in lines if line[1]], state="done" if one.done_at else "now"))
    return shown


def accounts_place(actor: Actor) -> Organisation | None:
    """The department for which the actor asks."""
    return Organisation.objects.filter(uscc=actor.organisation).first() if Account.objects.filter(username=actor.key).exists() else None
