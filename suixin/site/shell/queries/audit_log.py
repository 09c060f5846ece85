"""The audit log as pages: a search, one record with its place in the chain, how far the log is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.ground.audit import queries
from suixin.ground.audit.models import Record
from suixin.ground.audit.queries import Conditions, Position
from suixin.ground.people.models import Account, Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import BadRequest, NotAllowed, NotFound
from suixin.site.shell.audit_words import action_name, object_name
from suixin.site.shell.components import Cell, Column, Stat, Table, Tone
from suixin.site.shell.days import DayInput
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE = 50
KINDS = {"staff": "工作人员", "resident": "居民", "application": "应用", "public": "公众", "system": "系统"}
_NAMES_LIMIT = 20


class SearchForm(forms.Form):
    """What to look for in the log; nothing is required."""

    since = forms.DateField(label=_("从（日期）"), required=False, widget=DayInput())
    until = forms.DateField(label=_("到（日期，含当天）"), required=False, widget=DayInput())
    actor = forms.CharField(label=_("主体（账号、姓名或应用标识）"), required=False, max_length=150)
    organisation = forms.CharField(label=_("机构（名称或信用代码）"), required=False, max_length=120)
    action = forms.CharField(label=_("操作（全称，或“模块.”）"), required=False, max_length=64)
    object = forms.CharField(label=_("对象标识"), required=False, max_length=200)
    trace = forms.CharField(label=_("追踪号"), required=False, max_length=64)
    code = forms.CharField(label=_("结果码"), required=False, max_length=16)
    refused = forms.BooleanField(label=_("只看被拒绝的"), required=False)


@dataclass(frozen=True, slots=True)
class AuditLog:
    """One page of the log; `older` is the position to go on from, "" at the end; `asked` the conditions as a query string."""

    form: forms.Form
    table: Table
    older: str
    asked: str
    actions: Sequence[tuple[str, str]] = ()
    stats: Sequence[Stat] = ()
    verified: Cell | None = None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One record in full, and where it stands."""

    record: Record
    facts: Sequence[tuple[str, str]]
    detail: Sequence[tuple[str, str]]
    place: Sequence[tuple[str, str]]
    verdict: Cell


def audit_log(parameters: QueryDict, *, actor: Actor) -> AuditLog:
    """The log under the request's parameters. Raises NotAllowed."""
    policy.require(actor, "audit.view", None)
    form = SearchForm(parameters)
    conditions = conditions_of(form)
    page = _page(form, conditions, parameters, gettext("没有符合条件的记录。"))
    return AuditLog(form, page.table, page.older, page.asked, _seen(), _stats(), _last_verified())


def own_traces(parameters: QueryDict, *, actor: Actor) -> AuditLog:
    """What the actor's own account left in the log; everybody's right."""
    form = SearchForm(parameters)
    if actor.kind is not ActorKind.STAFF:
        raise NotAllowed("请先登录，再看自己的操作记录。")
    conditions = conditions_of(form) if form.is_valid() else Conditions()
    own = Conditions(conditions.since, conditions.until, (actor.key,), action=conditions.action, is_refused=conditions.is_refused)
    return _page(form, own, parameters, gettext("还没有您的操作记录。"))


def conditions_of(form: SearchForm) -> Conditions:
    """What a filled-in form asks for; nothing that can be found when a field is wrong."""
    if not form.is_valid():
        return Conditions(actors=("\N{NO-BREAK SPACE}",))
    said = form.cleaned_data
    since, until = said["since"], said["until"]
    return Conditions(
        since=datetime.combine(since, datetime.min.time(), clock.CHINA) if since else None,
        until=datetime.combine(until + timedelta(days=1), datetime.min.time(), clock.CHINA) if until else None,
        actors=_actors(said["actor"].strip()), organisation=_organisation(said["organisation"].strip()),
        action=said["action"].strip(), object_key=said["object"].strip(), trace_id=said["trace"].strip(),
        code=said["code"].strip(), is_refused=said["refused"],
    )


def record_page(record_id: int, *, actor: Actor) -> RecordPage:
    """One record, for auditors and for whose it is. Raises NotAllowed, NotFound."""
    record = Record.objects.filter(pk=record_id).first()
    is_own = record is not None and record.actor_kind == actor.kind.value and record.actor_key == actor.key
    if not is_own:
        policy.require(actor, "audit.view", None)
    if record is None:
        raise NotFound("没有这条审计记录，或它已归档；请从审计日志进入，归档的记录用 suixin audit verify 核对。")
    place = queries.place_of(record)
    facts = [
        (gettext("时间"), record.at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]),
        (gettext("主体"), f"{record.actor_name}（{record.actor_key}，{word(KINDS.get(record.actor_kind, record.actor_kind))}）"),
        (gettext("机构"), _organisation_name(record.organisation)), (gettext("操作"), _both(action_name(record.action), record.action)),
        (gettext("对象"), f"{_both(object_name(record.object_type), record.object_type)} {record.object_key}"),
        (gettext("依据"), record.basis),
        (gettext("结果"), record.code), (gettext("追踪号"), record.trace_id), (gettext("来源地址"), record.address),
        (gettext("终端"), record.terminal), (gettext("变更前杂凑"), record.before_hash), (gettext("变更后杂凑"), record.after_hash),
    ]
    detail = record.detail.items() if isinstance(record.detail, dict) else ()
    told = [(str(name), "、".join(map(str, value)) if isinstance(value, list) else str(value)) for name, value in detail]
    anchored = gettext("第 %(seq)d 条，%(at)s") % {"seq": place.anchor, "at": moment(place.anchored_at)} if place.anchored_at else ""
    stands = [
        (gettext("编号"), number(place.number) if place.number else gettext("尚未封存")), (gettext("杂凑（SM3）"), place.digest),
        (gettext("前一条杂凑"), place.previous),
        (gettext("锚点"), anchored),
    ]
    return RecordPage(record, facts, told, stands, _verdict(place))


def _page(form: SearchForm, conditions: Conditions, parameters: QueryDict, empty: str) -> AuditLog:
    shown = list(queries.found(conditions, before=_position(parameters.get("before", "")))[:PAGE_SIZE + 1])
    older = _token(shown[PAGE_SIZE - 1]) if len(shown) > PAGE_SIZE else ""
    names = _names(shown)
    columns = (
        Column(gettext("时间")), Column(gettext("主体")), Column(gettext("操作")), Column(gettext("对象")),
        Column(gettext("依据"), is_long=True), Column(gettext("结果")), Column(gettext("来源地址"), is_code=True),
    )
    rows = [_row(record, names) for record in shown[:PAGE_SIZE]]
    asked = parameters.copy()
    asked.pop("before", None)
    return AuditLog(form, Table(gettext("审计记录"), columns, rows, empty), older, asked.urlencode())


def _row(record: Record, names: dict[str, str]) -> tuple[Cell, ...]:
    tone: Tone = "good" if record.code == "200" else "bad"
    failed = gettext("失败") + f" {record.code}"
    result = gettext("成功") if record.code == "200" else gettext("被拒绝") if record.code == NotAllowed.code else failed
    return (
        Cell(record.at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M:%S"), reverse("console-audit-record", args=[record.pk])),
        Cell(record.actor_name or record.actor_key, note=names.get(record.organisation, record.organisation)),
        _action_cell(record.action), Cell(record.object_key, note=object_name(record.object_type)), Cell(record.basis),
        Cell(result, tone=tone),
        Cell(record.address),
    )


def _action_cell(code: str) -> Cell:
    name = action_name(code)
    return Cell(name, note=code if name != code else "")


def _seen() -> list[tuple[str, str]]:
    return sorted(((code, action_name(code)) for code in queries.actions_on_record()), key=lambda one: one[1])


def _stats() -> list[Stat]:
    now = queries.integrity()
    notes = gettext("%(n)d 条待封存") % {"n": now.waiting}
    stats = [
        Stat(gettext("已封存到编号"), number(now.number), note=notes),
        Stat(gettext("最近锚点"), moment(now.anchored_at), note=gettext("到编号 %(n)s") % {"n": number(now.anchored)}),
        Stat(gettext("滞后"), number(round(now.lag_seconds)), gettext("秒")),
    ]
    if now.refused:
        stats.append(Stat(gettext("封存前被改动"), number(now.refused), gettext("条")))
    return stats


def _last_verified() -> Cell | None:
    last = queries.found(Conditions(action="audit.verified")).first()
    if last is None or not isinstance(last.detail, dict):
        return None
    faults = int(str(last.detail.get("faults", 0)))
    tone: Tone = "bad" if faults else "good"
    return Cell(str(last.detail.get("sentence", "")), reverse("console-audit-record", args=[last.pk]), tone, moment(last.at))


def _both(name: str, code: str) -> str:
    return f"{name}（{code}）" if name != code else code


def _verdict(place: queries.Place) -> Cell:
    if place.is_intact is None:
        return Cell(gettext("等待封存"), tone="quiet")
    return Cell(gettext("完整"), tone="good") if place.is_intact else Cell(gettext("被改动"), tone="bad")


def _actors(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    named = Account.objects.filter(display_name=text).values_list("username", flat=True)[:_NAMES_LIMIT]
    return tuple(dict.fromkeys((text, *named)))


def _organisation(text: str) -> str:
    found = Organisation.objects.filter(name=text).first() or Organisation.objects.filter(short_name=text).first() if text else None
    return found.uscc if found else text


def _organisation_name(code: str) -> str:
    name = Organisation.objects.filter(uscc=code).values_list("name", flat=True).first() if code else None
    return f"{name}（{code}）" if name else code


def _names(shown: Sequence[Record]) -> dict[str, str]:
    codes = {record.organisation for record in shown if record.organisation}
    return dict(Organisation.objects.filter(uscc__in=codes).values_list("uscc", "name")) if codes else {}


def _token(record: Record) -> str:
    return f"{int(record.at.timestamp() * 1_000_000)}-{record.pk}"


def _position(text: str) -> Position | None:
    if not text:
        return None
    micros, _, record_id = text.partition("-")
    if not (micros.isdecimal() and record_id.isdecimal()) or len(text) > 40 or int(micros) > 1 << 53 or int(record_id) > 1 << 62:
        raise BadRequest(f"参数 before 的值“{text[:40]}”不对：请从审计日志翻页，不要手工填写。")
    seconds, rest = divmod(int(micros), 1_000_000)
    return Position(datetime.fromtimestamp(seconds, clock.CHINA) + timedelta(microseconds=rest), int(record_id))
