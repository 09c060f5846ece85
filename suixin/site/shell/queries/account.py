"""One's own account as pages: how one signs in, where one is signed in, one's tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext

from suixin.ground.people.credentials import PersonalToken, StaffSession
from suixin.ground.people.factors import needs, recovery
from suixin.ground.people.models import Account
from suixin.ground.people.queries import posts_in_force
from suixin.kit import clock
from suixin.site.shell.components import Tone
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import role_name

BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"), ("Linux", "Linux"))


@dataclass(frozen=True, slots=True)
class FactorLine:
    """One second factor; `key` names it to the form that removes it."""

    key: str
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One browser in which one is signed in."""

    pk: int
    browser: str
    address: str
    started: str
    seen: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One token; one that no longer works has no button."""

    pk: int
    name: str
    scope: str
    made: str
    ends: str
    used: str
    state: str
    tone: Tone
    works: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The page of one's own account."""

    facts: Sequence[tuple[str, str]]
    factors: Sequence[FactorLine]
    codes_left: int
    must_have: bool
    is_optional: bool
    has_totp: bool
    sessions: Sequence[SessionLine]


def overview(account: Account, *, key: str) -> Overview:
    """How the account signs in and where; `key` is the session one looks from."""
    return Overview(
        _facts(account), _factors(account), recovery.left(account), needs.must_have_factor(account),
        settings.SUIXIN.second_factor != "required", needs.has_totp(account),
        [_session(one, is_here=one.key == key) for one in account.sessions.all()],
    )


def tokens(account: Account) -> list[TokenLine]:
    """The account's tokens, newest first; those that ended a month ago and more are left out."""
    since = clock.now() - timedelta(days=30)
    return [_token(one) for one in account.tokens.filter(expires_at__gt=since).exclude(revoked_at__lt=since)]


def browser_of(agent: str) -> str:
    """A browser's own long name made short: what a person recognises."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return " · ".join(part for part in (browser, system) if part) or agent[:40] or gettext("未知")


def _facts(account: Account) -> list[tuple[str, str]]:
    posts = "；".join(f"{post.organisation} {role_name(post.role)}" for post in posts_in_force(account))
    days = settings.SUIXIN.password_days
    due = moment(account.password_changed_at + timedelta(days=days))[:10] if days else gettext("不过期")
    return [
        (gettext("账号"), account.username), (gettext("姓名"), account.display_name), (gettext("岗位"), posts),
        (gettext("密码更改于"), moment(account.password_changed_at)), (gettext("密码有效到"), due),
    ]


def _factors(account: Account) -> list[FactorLine]:
    lines = []
    if needs.has_totp(account):
        lines.append(FactorLine("totp", gettext("验证器"), gettext("登记于 %s") % moment(account.totp.confirmed_at)))
    for key in account.passkeys.all():
        used = gettext("最近使用 %s") % moment(key.used_at) if key.used_at else gettext("还没有用过")
        lines.append(FactorLine(f"passkey-{key.pk}", f"{gettext('通行密钥')} {key.name}", f"{key.rp_id}，{used}"))
    return lines


def _session(one: StaffSession, *, is_here: bool) -> SessionLine:
    return SessionLine(one.pk, browser_of(one.agent), one.address, moment(one.started_at), moment(one.seen_at), is_here)


def _token(one: PersonalToken) -> TokenLine:
    works = one.revoked_at is None and one.expires_at > clock.now()
    state = gettext("有效") if works else gettext("已撤销") if one.revoked_at else gettext("已到期")
    return TokenLine(
        one.pk, one.name, gettext(one.get_scope_display()), moment(one.created_at), moment(one.expires_at)[:10],
        moment(one.used_at), state, "good" if works else "quiet", works,
    )
