"""What a resident's own pages show of itself: masked identity, trust level, firms, sessions, records."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.translation import get_language, gettext, gettext_noop

from suixin.ground.audit.models import Record
from suixin.ground.people.residents import queries
from suixin.ground.people.residents.models import Agency, AgencyKind, AgencyScope, Resident, ResidentSession
from suixin.ground.people.residents.oidc.declared import provider
from suixin.ground.people.residents.rules import AGENCY_LEVEL, TRACES_LEVEL, TrustLevel
from suixin.ground.security.masks import MASKS
from suixin.site.shell.components import Cell, Column, Pages, Table
from suixin.site.shell.queries.account import browser_of
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import word

PAGE_SIZE = 20
LEVELS = {
    TrustLevel.REGISTERED: gettext_noop("注册"), TrustLevel.PHONE: gettext_noop("手机核验"),
    TrustLevel.REAL_NAME: gettext_noop("实名"), TrustLevel.REAL_PERSON: gettext_noop("实人"),
}
_ALLOWS = {
    TrustLevel.REGISTERED: gettext_noop("登录、查看本人账户"),
    TrustLevel.PHONE: gettext_noop("同上；手机号经过核验"),
    TrustLevel.REAL_NAME: gettext_noop("查看自己的数据被谁用过，代表企业，管理企业经办授权"),
    TrustLevel.REAL_PERSON: gettext_noop("同上；人脸或柜台核验过本人，可办理最严格的事项"),
}
ACTIONS = {
    "residents.registered": gettext_noop("首次登录，建立账户"), "residents.signed_in": gettext_noop("登录"),
    "residents.signed_out": gettext_noop("退出"), "residents.level_changed": gettext_noop("信任等级变化"),
    "residents.acted_for": gettext_noop("切换办理身份"), "residents.sessions_ended": gettext_noop("退出其他登录"),
    "residents.agency_said": gettext_noop("身份提供方确认代表企业"), "residents.agency_ended": gettext_noop("身份提供方不再确认代表企业"),
    "residents.agency_given": gettext_noop("给出经办授权"), "residents.agency_accepted": gettext_noop("接受经办授权"),
    "residents.agency_revoked": gettext_noop("撤销经办授权"), "residents.agency_given_up": gettext_noop("放弃经办授权"),
    "residents.closed": gettext_noop("注销账户"), "security.refused": gettext_noop("被拒绝的操作"),
}
_SCOPES = (gettext_noop("查看本企业数据的使用记录"), gettext_noop("以企业名义办事"), gettext_noop("法定代表人"), gettext_noop("经办人"))


@dataclass(frozen=True, slots=True)
class LevelLine:
    """One level of the scale."""

    number: int
    title: str
    allows: str
    is_mine: bool
    is_reached: bool


@dataclass(frozen=True, slots=True)
class MePage:
    """Who I am here."""

    name: str
    provider: str
    facts: Sequence[tuple[str, str]]
    kept: Sequence[tuple[str, str]]
    levels: Sequence[LevelLine]
    level: int
    level_title: str
    firm: str
    firms: int
    offers: int
    may_trace: bool


@dataclass(frozen=True, slots=True)
class FirmLine:
    """One agency as its holder, or its firm, sees it."""

    uuid: str
    firm: str
    uscc: str
    kind: str
    scopes: str
    until: str
    agent: str
    is_current: bool
    is_agent: bool
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class FirmsPage:
    """My firms, what is offered to me, and the agents of the firm that I represent."""

    mine: Sequence[FirmLine]
    offers: Sequence[FirmLine]
    agents: Sequence[FirmLine]
    firm: str
    is_representative: bool
    may_give: bool


@dataclass(frozen=True, slots=True)
class SignInsPage:
    """Sessions that last, and what the log holds of my account."""

    sessions: Table
    others: int
    records: Table
    pages: Pages


def me_page(session: ResidentSession) -> MePage:
    """The page of the signed-in resident."""
    resident = session.resident
    title = word(LEVELS[resident.trust])
    facts = (
        (gettext("姓名"), queries.masked_name(resident) if resident.name else gettext("身份提供方没有给出")),
        (gettext("居民身份证号"), MASKS["resident_id"].apply(resident.id_number) or gettext("没有")),
        (gettext("手机号码"), MASKS["mobile"].apply(resident.mobile) or gettext("没有")),
        (gettext("身份提供方"), provider_title(session.provider)),
        (gettext("首次登录"), moment(resident.created_at)),
    )
    return MePage(
        name=queries.masked_name(resident), provider=provider_title(session.provider), facts=facts,
        kept=what_is_kept(), levels=_levels(resident), level=resident.level, level_title=title,
        firm=session.acting_for.firm.name if session.acting_for else "", firms=queries.agencies_of(resident).count(),
        offers=Agency.objects.offered_to(resident).count(), may_trace=resident.trust >= TRACES_LEVEL,
    )


def provider_title(slug: str) -> str:
    """The provider's title in the reader's language; its slug when it is no longer configured."""
    chosen = provider(slug)
    if chosen is None:
        return slug
    return chosen.english_title if (get_language() or "").startswith("en") else chosen.title


def what_is_kept() -> list[tuple[str, str]]:
    """What we keep of a resident, why and how long, in plain words."""
    return [
        (gettext("姓名、身份证号、手机号"),
         gettext("每次登录由身份提供方给出，加密保存，用来认出您和找到您的记录；注销即删除。我们没有您的密码。")),
        (gettext("办事提醒的邮箱"), gettext("您自己在“怎样通知我”里填的，加密保存；注销即删除。")),
        (gettext("信任等级、代表的企业"), gettext("每次登录按身份提供方的说法更新；注销即结束。")),
        (gettext("登录时间、网络地址、浏览器"), gettext("网络日志，依法保存不少于六个月（网络安全法第二十三条）。")),
        (gettext("谁查过您的数据"), gettext("只记一个别人还原不了的代号，不记您的号码；依法保存三年（个人信息保护法第五十六条）。")),
    ]


def what_stays() -> list[str]:
    """What stays after the account is closed, and why."""
    return [
        gettext("日志里的操作记录：只有随机标识和脱敏的姓名，依法保存后删除。"),
        gettext("部门查询您数据的记录：只有代号，依法保存三年；重新登录后您仍能看到。"),
        gettext("您以企业名义给出的经办授权：属于企业，由新的法定代表人管理。"),
        gettext("部门依法掌握的您的数据不在本账户里，注销不影响。"),
    ]


def firms_page(session: ResidentSession) -> FirmsPage:
    """The page of the firms that the resident acts for."""
    resident, current = session.resident, session.acting_for
    is_representative = current is not None and current.kind == AgencyKind.LEGAL_REPRESENTATIVE
    agents = queries.agencies_given(current.firm) if current is not None and is_representative else Agency.objects.none()
    return FirmsPage(
        mine=[_line(one, current) for one in queries.agencies_of(resident)],
        offers=[_line(one, current) for one in Agency.objects.offered_to(resident).select_related("firm")],
        agents=[_line(one, current) for one in agents], firm=current.firm.name if current else "",
        is_representative=is_representative, may_give=is_representative and resident.trust >= AGENCY_LEVEL,
    )


def signins_page(session: ResidentSession, parameters: QueryDict) -> SignInsPage:
    """Sessions and records, the records paged."""
    lasting = list(queries.sessions_of(session.resident))
    paginator = Paginator(queries.records_about(session.resident), PAGE_SIZE)
    page = paginator.get_page(parameters.get("page", "1"))
    place = Pages(page.number, paginator.num_pages, paginator.count, PAGE_SIZE)
    return SignInsPage(_sessions(lasting, session), len(lasting) - 1, _records(list(page.object_list)), place)


def _levels(resident: Resident) -> list[LevelLine]:
    return [
        LevelLine(int(level), word(LEVELS[level]), word(_ALLOWS[level]), level == resident.trust, level <= resident.trust)
        for level in TrustLevel
    ]


def _line(agency: Agency, current: Agency | None) -> FirmLine:
    is_agent = agency.kind == AgencyKind.AGENT
    agent = queries.masked_name(agency.resident) if agency.resident else MASKS["name"].apply(agency.agent_name) or ""
    scopes = gettext("、").join(word(str(scope.label)) for scope in AgencyScope if agency.may(scope))
    return FirmLine(
        str(agency.uuid), agency.firm.name, agency.firm.uscc, word(agency.get_kind_display()), scopes,
        agency.valid_to.isoformat() if agency.valid_to else gettext("身份提供方确认期间"), agent,
        current is not None and agency.pk == current.pk, is_agent and not agency.is_from_provider, agency.accepted_at is not None,
    )


def _sessions(sessions: Sequence[ResidentSession], mine: ResidentSession) -> Table:
    columns = (
        Column(gettext("登录时间")), Column(gettext("最近访问")), Column(gettext("网络地址"), is_code=True), Column(gettext("浏览器")),
    )
    rows = [
        (
            Cell(moment(one.started_at), note=gettext("就是现在这个") if one.pk == mine.pk else ""), Cell(moment(one.seen_at)),
            Cell(one.address), Cell(browser_of(one.terminal)),
        )
        for one in sessions
    ]
    return Table(gettext("正在登录的地方"), columns, rows, is_cards=True)


def _records(records: Sequence[Record]) -> Table:
    columns = (
        Column(gettext("时间")), Column(gettext("做了什么")), Column(gettext("网络地址"), is_code=True),
        Column(gettext("追踪号"), is_code=True),
    )
    rows = [
        (
            Cell(moment(one.at)), Cell(word(ACTIONS.get(one.action, one.action)), note=_firm_of(one)), Cell(one.address),
            Cell(one.trace_id[:12]),
        )
        for one in records
    ]
    return Table(gettext("账户记录"), columns, rows, gettext("还没有记录。"), is_cards=True)


def _firm_of(record: Record) -> str:
    return str(record.detail.get("firm") or "") if isinstance(record.detail, dict) else ""
