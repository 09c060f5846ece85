"""Entries of other platforms as the catalogue shows them: found by words, named by platform, one of them whole, asked for across."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog import canon
from suixin.data.catalog.contract import ItemSpec, Level
from suixin.data.catalog.models import ShareType
from suixin.data.sharing.cascade import finding
from suixin.data.sharing.cascade.models import AskState, Link, RemoteEntry, RemoteRequest, RemoteState
from suixin.ground.search import finding as search
from suixin.ground.search.asking import Question
from suixin.ground.search.marking import matching, pieces
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Facet, FacetValue, Pages, Table, Tone
from suixin.site.shell.queries.links import pages_at, with_parameter
from suixin.site.shell.queries.tables import level_cell
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import word

FEW = 5
TONES: Mapping[str, Tone] = {AskState.AGREED: "good", AskState.REFUSED: "bad", AskState.SUPPLEMENT: "warn", AskState.ENDED: "quiet"}


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A request across as its page shows it."""

    request: RemoteRequest
    state: Cell
    facts: Sequence[tuple[str, str]]
    may_send: bool
    may_supplement: bool


def platform_facet(words: str, parameters: QueryDict, *, ours: int) -> Facet | None:
    """Ours and each other platform with how many entries answer; None where nobody told us any."""
    counted = search.search(finding.PUBLIC, words, size=0).facets.get(finding.PLATFORM, {})
    if not counted:
        return None
    here = parameters.get(finding.PLATFORM, "")
    names = {link.code: str(link) for link in Link.objects.select_related("peer").filter(peer__code__in=list(counted))}
    values = [FacetValue(gettext("本平台"), ours, with_parameter(parameters, finding.PLATFORM, ""), not here)]
    for code, count in counted.items():
        href = with_parameter(parameters, finding.PLATFORM, "" if code == here else code)
        values.append(FacetValue(names.get(code, code), count, href, code == here))
    return Facet(finding.PLATFORM, gettext("平台"), values)


def found_at(words: str, platform: str, parameters: QueryDict, *, size: int) -> tuple[Table, Pages]:
    """A page of the entries of one platform that answer."""
    chosen = {finding.PLATFORM: [platform]}
    total = search.search(finding.PUBLIC, words, chosen=chosen, size=0).total
    pages = pages_at(total, parameters, size=size)
    found = search.search(finding.PUBLIC, words, chosen=chosen, start=(pages.number - 1) * size, size=size)
    return _table(found), pages


def found_elsewhere(words: str) -> Table | None:
    """The best few entries of other platforms that answer; None when none does."""
    if not words:
        return None
    found = search.search(finding.PUBLIC, words, size=FEW)
    return _table(found) if found.documents else None


def _table(found: search.Found) -> Table:
    rows = RemoteEntry.objects.select_related("link__peer").filter(pk__in=[int(one.key) for one in found.documents])
    held = {str(one.pk): one for one in rows if one.state == RemoteState.PUBLISHED}
    columns = (Column(gettext("资源名称")), Column(gettext("平台")), Column(gettext("提供单位")),
               Column(gettext("信息资源代码"), is_code=True))
    cells = [_line(held[one.key], found.question) for one in found.documents if one.key in held]
    return Table(gettext("其他平台的目录"), columns, cells, gettext("没有符合条件的资源，请放宽条件。"), is_cards=True)


def _line(entry: RemoteEntry, asked: Question) -> Sequence[Cell]:
    names = [str(one["name"]) for one in entry.content.get("items", ())]
    return (
        Cell(entry.title, reverse("remote-entry", args=[entry.pk]), pieces=pieces(entry.title, asked),
             note_pieces=matching(names, asked) if asked.parts else ()),
        Cell(str(entry.link), tone="info"), Cell(entry.provider), Cell(entry.code),
    )


def entry_by(pk: int) -> RemoteEntry:
    """An entry of another platform that is in force there. Raises NotFound."""
    found = RemoteEntry.objects.select_related("link__peer").filter(pk=pk, state=RemoteState.PUBLISHED).first()
    if found is None:
        raise NotFound("没有这条其他平台的目录，或它在那边已撤销；请到 /catalogue 查看。")
    return found


def facts_of(entry: RemoteEntry) -> list[tuple[str, str]]:
    """What its platform told of it."""
    content = entry.content
    shared = dict(ShareType.choices).get(str(content.get("share_type", "")), "")
    return [
        (gettext("平台"), str(entry.link)), (gettext("提供单位"), entry.provider), (gettext("信息资源代码"), entry.code),
        (gettext("版本"), str(entry.version)), (gettext("共享类型"), word(str(shared))),
        (gettext("共享条件"), str(content.get("share_condition", ""))), (gettext("收到时间"), moment(entry.told_at)),
    ]


def items_of(entry: RemoteEntry) -> tuple[ItemSpec, ...]:
    """Its items as values; none where its platform told what we cannot read."""
    try:
        return canon.specs_of(entry.content)
    except (KeyError, TypeError, ValueError):
        return ()


def items_table(entry: RemoteEntry) -> Table:
    """Its items: what everybody may know of each."""
    columns = (Column(gettext("信息项")), Column(gettext("字段名"), is_code=True), Column(gettext("类型")), Column(gettext("分级")))
    rows = [
        (Cell(one.name, note=one.description), Cell(one.field), Cell(f"{one.type.value}{one.length or ''}"),
         level_cell(int(Level(one.level))))
        for one in items_of(entry)
    ]
    return Table(gettext("信息项"), columns, rows, gettext("对端没有说明信息项。"), is_cards=True)


def request_page(uuid: UUID, *, actor: Actor) -> RequestPage:
    """A request across. Raises NotFound, NotAllowed."""
    held = RemoteRequest.objects.select_related("entry__link__peer", "organisation").filter(uuid=uuid).first()
    if held is None:
        raise NotFound("没有这份跨平台申请；请在平台级联页查看。")
    policy.require(actor, "sharing.view", held.organisation)
    is_waiting = held.state in (AskState.DRAFT, AskState.SUPPLEMENT)
    names = {one.field: one.name for one in items_of(held.entry)}
    said = held.said
    facts = [
        (gettext("平台"), str(held.entry.link)), (gettext("需求部门"), str(held.organisation)),
        (gettext("信息项"), "、".join(names.get(one, one) for one in said["columns"])),
        (gettext("使用依据"), " ".join(filter(None, (said["law"], said["document"], said["article"])))),
        (gettext("使用场景"), said["scenario"]), (gettext("使用范围（区划）"), "、".join(said["divisions"])),
        (gettext("使用范围（行条件）"), said["row_filter"]), (gettext("使用时限"), said["until"]),
        (gettext("对方环节"), held.stage), (gettext("对方时限"), moment(held.due_at)), (gettext("答复"), held.answer),
    ]
    return RequestPage(
        held, Cell(gettext(held.get_state_display()), tone=TONES.get(held.state, "info")), facts,
        is_waiting and policy.may(actor, "sharing.exchange", held.organisation),
        held.state == AskState.SUPPLEMENT and policy.may(actor, "sharing.request", held.organisation),
    )
