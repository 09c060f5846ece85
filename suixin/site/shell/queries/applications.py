"""Applications of departments and their keys, as pages; the installation's own keys, without any key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.doors.models import ShareToken
from suixin.ground.people.models import Application, ApplicationKey
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.ground.security.keys import ring
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.kit.keyring import Key, Kind, State
from suixin.kit.signing_styles import TITLES, Style
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import PURPOSES, word

PAGE_SIZE = 30
MOST_TOKENS = 20
STATES: dict[State, Tone] = {State.CURRENT: "good", State.OLD: "info", State.RETIRED: "warn", State.DESTROYED: "quiet"}


@dataclass(frozen=True, slots=True)
class ApplicationList:
    """One page of applications within the actor's reach."""

    words: str
    table: Table
    pages: Pages


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key of an application; `works`: it signs now."""

    key_id: str
    kind: str
    made: str
    ends: str
    used: str
    state: str
    tone: Tone
    note: str
    works: bool


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """One application with its keys and what the actor may do with them."""

    application: Application
    facts: Sequence[tuple[str, str]]
    keys: Sequence[KeyLine]
    tokens: Sequence[KeyLine]
    may_edit: bool
    may_revoke: bool


def application_by(app_id: str) -> Application:
    """The application of that identifier. Raises NotFound."""
    found = Application.objects.select_related("organisation").filter(app_id=app_id).first()
    if found is None:
        raise NotFound("没有这个应用；请从应用列表进入。")
    return found


def key_by(application: Application, key_id: str) -> ApplicationKey:
    """The application's key of that number. Raises NotFound."""
    found = application.keys.filter(key_id=key_id).first()
    if found is None:
        raise NotFound("这个应用没有这把密钥；请从应用页办理。")
    return found


def token_by(application: Application, pk: str) -> ShareToken:
    """The application's share token of that number. Raises NotFound."""
    found = application.share_tokens.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    if found is None:
        raise NotFound("这个应用没有这个共享令牌；请从应用页办理。")
    return found


def application_list(parameters: QueryDict, *, actor: Actor) -> ApplicationList:
    """Applications of organisations within the actor's reach under `q` and `page`; two queries."""
    words = parameters.get("q", "").strip()[:200]
    now = clock.now()
    usable = Q(keys__revoked_at=None) & (Q(keys__expires_at=None) | Q(keys__expires_at__gt=now))
    found = (
        Application.objects.filter(within(actor, "people.view_application", "organisation")).select_related("organisation")
        .annotate(usable=Count("keys", filter=usable), used=Max("keys__last_used_at")).order_by("organisation__name", "name")
    )
    if words:
        found = found.filter(Q(name__icontains=words) | Q(app_id__icontains=words) | Q(organisation__name__icontains=words))
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("应用")), Column(gettext("部门")), Column(gettext("应用标识"), is_code=True), Column(gettext("状态")),
        Column(gettext("有效密钥"), is_numeric=True), Column(gettext("最近使用")),
    )
    lines = [
        (
            Cell(row.name, reverse("console-application", args=[row.app_id])), Cell(row.organisation.name), Cell(row.app_id),
            Cell(gettext("启用"), tone="good") if row.is_active else Cell(gettext("停用"), tone="quiet"), Cell(str(vars(row)["usable"])),
            Cell(moment(vars(row)["used"])),
        )
        for row in rows
    ]
    return ApplicationList(words, Table(gettext("应用"), columns, lines, gettext("还没有应用。")), pages)


def application_page(app_id: str, *, actor: Actor) -> ApplicationPage:
    """One application in full. Raises NotFound, NotAllowed."""
    application = application_by(app_id)
    policy.require(actor, "people.view_application", application)
    now = clock.now()
    facts = [
        (gettext("应用标识"), application.app_id), (gettext("部门"), application.organisation.name),
        (gettext("状态"), gettext("启用") if application.is_active else gettext("停用")),
        (gettext("创建"), moment(application.created_at)),
        (gettext("来源地址"), "、".join(application.networks) or gettext("不限")),
        (gettext("其他签名方式"), "、".join(word(TITLES[Style(one)]) for one in application.styles) or gettext("无")),
    ]
    return ApplicationPage(
        application, facts, [_line(key, now) for key in application.keys.all()],
        [_token_line(token, now) for token in application.share_tokens.all()[:MOST_TOKENS]],
        policy.may(actor, "people.edit_application", application),
        policy.may(actor, "people.revoke_application_key", application),
    )


def key_table() -> Table:
    """Every purpose of the installation's keys with versions, states and ages."""
    kinds = {Kind.SEAL: gettext("加密（SM4）"), Kind.INDEX: gettext("盲索引（HMAC-SM3）"), Kind.SIGN: gettext("签名（SM2）")}
    states = {
        State.CURRENT: gettext("正在使用"), State.OLD: gettext("仅解封"), State.RETIRED: gettext("已停用"),
        State.DESTROYED: gettext("已销毁"),
    }
    columns = (
        Column(gettext("用途")), Column(gettext("算法")), Column(gettext("版本"), is_numeric=True), Column(gettext("状态")),
        Column(gettext("生成时间")), Column(gettext("天数"), is_numeric=True),
    )

    def row(purpose: str, key: Key) -> tuple[Cell, ...]:
        made = datetime.fromisoformat(key.created)
        is_verifying = key.kind is Kind.SIGN and key.state is State.OLD
        state = gettext("仅验签") if is_verifying else states[key.state]
        return (
            Cell(word(PURPOSES.get(purpose, purpose)), note=purpose), Cell(kinds[key.kind]), Cell(str(key.version)),
            Cell(state, tone=STATES[key.state]),
            Cell(moment(made)), Cell(str((clock.now() - made).days)),
        )

    lines = [row(purpose, key) for purpose in ring().purposes() for key in ring().versions(purpose)]
    return Table(gettext("密钥"), columns, lines, gettext("还没有密钥；第一次加密或签名时自动生成。"))


def _line(key: ApplicationKey, now: datetime) -> KeyLine:
    is_expired = key.expires_at is not None and key.expires_at <= now
    works = key.revoked_at is None and not is_expired
    state = gettext("有效") if works else gettext("已吊销") if key.revoked_at else gettext("已到期")
    return KeyLine(
        key.key_id, key.kind, moment(key.created_at), moment(key.expires_at) if key.expires_at else gettext("长期"),
        moment(key.last_used_at), state, "good" if works else "quiet", key.reason, works,
    )


def _token_line(token: ShareToken, now: datetime) -> KeyLine:
    works = token.revoked_at is None and token.expires_at > now
    state = gettext("有效") if works else gettext("已吊销") if token.revoked_at else gettext("已到期")
    return KeyLine(
        str(token.pk), f"sxs_…{token.hint}", moment(token.created_at), moment(token.expires_at), moment(token.last_used_at), state,
        "good" if works else "quiet", token.reason, works,
    )
