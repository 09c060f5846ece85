"""Who read data about a resident or a firm, as rows that people understand: department, resource, items, basis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext, gettext_noop

from suixin.data.access.traces import Trace, traces_about
from suixin.data.catalog.models import Resource
from suixin.ground.people.models import Application, Organisation
from suixin.ground.people.residents.errors import TrustTooLow
from suixin.ground.people.residents.models import AgencyScope, ResidentSession
from suixin.ground.people.residents.queries import actor_of_session
from suixin.ground.people.residents.rules import TRACES_LEVEL
from suixin.ground.security import policy
from suixin.kit.errors import NotAllowed
from suixin.kit.inert import inert
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.queries.access_log import DOORS
from suixin.site.shell.resident_forms import PeriodForm
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import word

PAGE_SIZE = 20
FILE_ROWS = 10_000
KINDS = {"": gettext_noop("全部"), "looked": gettext_noop("被查询"), "delivered": gettext_noop("包含在批量提供中")}
STANDING = {
    "standing:owner": gettext_noop("本部门自己的数据"), "standing:data_officer": gettext_noop("数据主管部门依职责管理（脱敏）"),
    "standing:system": gettext_noop("系统计算"),
}


@dataclass(frozen=True, slots=True)
class TracesPage:
    """One page of readings; `older` is the number to go on from, 0 at the end; `kinds`: label, value, whether chosen."""

    firm: str
    form: PeriodForm
    table: Table
    older: int
    is_first: bool
    is_narrowed: bool
    query: str
    kinds: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of whatever the readings mention, read at once."""

    organisations: dict[str, str]
    readers: dict[str, str]
    resources: dict[str, Resource]


def traces_page(session: ResidentSession, parameters: QueryDict) -> TracesPage:
    """The readings about the resident, or about the firm it acts for. Raises TrustTooLow, NotAllowed."""
    number = _subject(session)
    form = _form(parameters)
    before = int(text) if (text := parameters.get("before", "")).isdecimal() and len(text) < 18 else 0
    kind = _kind(parameters)
    is_asked = form.is_valid() or not form.is_bound
    found = traces_about(number, form.period, before=before, limit=PAGE_SIZE + 1, kind=kind) if is_asked else []
    shown = found[:PAGE_SIZE]
    query = parameters.copy()
    query.pop("before", None)
    return TracesPage(
        firm=session.acting_for.firm.name if session.acting_for else "", form=form, table=_table(shown),
        older=shown[-1].number if len(found) > PAGE_SIZE else 0, is_first=not before, is_narrowed=form.is_bound or bool(kind),
        query=query.urlencode(), kinds=[(word(label), one, one == kind) for one, label in KINDS.items()],
    )


def traces_lines(session: ResidentSession, parameters: QueryDict) -> Iterator[list[str]]:
    """Header and rows of the file, newest first, at most FILE_ROWS. Raises TrustTooLow, NotAllowed."""
    found = traces_about(_subject(session), _form(parameters).period, limit=FILE_ROWS, kind=_kind(parameters))
    names = _names(found)
    header = (gettext("时间"), gettext("部门"), gettext("应用或人员"), gettext("资源"), gettext("信息项"), gettext("依据"),
              gettext("方式"), gettext("结果"), gettext("追踪号"))
    rows = [(one.at.isoformat(timespec="seconds"), *_who(one, names), _resource(one, names), _items(one, names), _basis(one),
             _door(one), _result(one), one.trace_id) for one in found]
    return ([inert(text) for text in row] for row in [header, *rows])


def _subject(session: ResidentSession) -> str:
    """The number whose readings are asked for."""
    actor, agency = actor_of_session(session), session.acting_for
    if agency is None:
        policy.require(actor, "residents.read_traces", None)
        if session.resident.trust < TRACES_LEVEL:
            raise TrustTooLow(gettext("查看数据使用记录需要实名等级，以免别人冒用号码看您的记录。请在身份提供方完成实名认证后重新登录。"))
        return session.resident.id_number
    policy.require(actor, "residents.read_traces", agency.firm)
    if not agency.may(AgencyScope.TRACES):
        raise NotAllowed(gettext("您的经办授权不包括查看企业数据的使用记录；需要时请法定代表人重新授权。"))
    return agency.firm.uscc


def _form(parameters: QueryDict) -> PeriodForm:
    is_asked = bool(parameters.get("first") or parameters.get("last"))
    return PeriodForm(parameters if is_asked else None)


def _kind(parameters: QueryDict) -> str:
    kind = parameters.get("kind", "")
    return kind if kind in KINDS else ""


def _table(traces: Sequence[Trace]) -> Table:
    columns = (
        Column(gettext("时间")), Column(gettext("谁")), Column(gettext("看了什么")), Column(gettext("依据"), is_long=True),
        Column(gettext("结果")),
    )
    names = _names(traces)
    rows = []
    for one in traces:
        organisation, reader = _who(one, names)
        rows.append((
            Cell(moment(one.at), note=one.trace_id[:12]), Cell(organisation, note=reader),
            Cell(_resource(one, names), note=_items(one, names)), Cell(_basis(one)), Cell(_result(one), note=_door(one)),
        ))
    return Table(gettext("数据使用记录"), columns, rows, is_cards=True)


def _names(traces: Sequence[Trace]) -> _Names:
    codes, readers = {one.organisation for one in traces}, {one.reader for one in traces}
    programs = dict(Application.objects.filter(app_id__in=readers).values_list("app_id", "name"))
    resources = Resource.objects.filter(code__in={one.resource for one in traces}).prefetch_related("items")
    return _Names(
        dict(Organisation.objects.filter(uscc__in=codes).values_list("uscc", "name")), programs,
        {one.code: one for one in resources},
    )


def _who(trace: Trace, names: _Names) -> tuple[str, str]:
    """Department, and which of its programs; of a member of staff only that it was one, the trace id finds whom."""
    reader = names.readers.get(trace.reader, trace.reader) if trace.reader_kind == "application" else gettext("工作人员")
    return names.organisations.get(trace.organisation, trace.organisation) or gettext("不详"), reader


def _resource(trace: Trace, names: _Names) -> str:
    known = names.resources.get(trace.resource)
    return known.title if known else trace.resource


def _items(trace: Trace, names: _Names) -> str:
    known = names.resources.get(trace.resource)
    titles = {item.field: item.name for item in known.items.all()} if known else {}
    return gettext("、").join(
        gettext("%(item)s（脱敏）") % {"item": titles.get(f, f)} if f in trace.masked else titles.get(f, f) for f in trace.fields
    )


def _basis(trace: Trace) -> str:
    basis = word(STANDING[trace.basis]) if trace.basis in STANDING else trace.basis
    return gettext("%(basis)s（用途：%(purpose)s）") % {"basis": basis, "purpose": trace.purpose} if trace.purpose else basis


def _door(trace: Trace) -> str:
    return word(DOORS.get(trace.door, trace.door))


def _result(trace: Trace) -> str:
    if trace.is_delivery:
        return gettext("包含在一次批量提供中")
    return gettext("被查询：查到") if trace.rows else gettext("被查询：没有查到")
