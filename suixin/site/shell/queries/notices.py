"""Notices of a person, and the outbox as operators see it: kind, channel, state, reason, never a text."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext

from suixin.ground.notify import queries
from suixin.ground.notify.kinds import kind_of
from suixin.ground.notify.models import OVER_BADLY, Channel, Delivery, Notice, Preference, State, Urgency
from suixin.ground.notify.planning import address_of, preference_of
from suixin.ground.people.models import Account
from suixin.ground.security import policy
from suixin.ground.security.masks import MASKS
from suixin.kit.actor import Actor
from suixin.site.shell.components import Stat, Tone
from suixin.site.shell.queries.links import with_parameter
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE = 30
TONES: dict[str, Tone] = {
    State.WAITING: "quiet", State.SENDING: "info", State.UNKNOWN: "warn", State.RETRYING: "warn", State.SENT: "good",
    State.DELIVERED: "good", State.FAILED: "bad", State.GIVEN_UP: "bad", State.COLLECTED: "quiet",
}
GROUPS: dict[str, tuple[State, ...]] = {
    "waiting": (State.WAITING, State.SENDING), "trouble": (State.RETRYING, State.UNKNOWN), "failed": OVER_BADLY,
    "done": (State.SENT, State.DELIVERED, State.COLLECTED),
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice as it is read."""

    uuid: str
    title: str
    body: str
    href: str
    kind: str
    at: str
    is_unread: bool
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class NoticeList:
    """The page of one's notices; `older` leads on, empty at the end."""

    lines: Sequence[NoticeLine]
    unread: int
    only_unread: bool
    older: str


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """One delivery without its text."""

    uuid: str
    kind: str
    channel: str
    state: str
    tone: Tone
    at: str
    next: str
    attempts: int
    sentence: str
    code: str
    may_retry: bool


@dataclass(frozen=True, slots=True)
class Outbox:
    """The operators' page."""

    figures: Sequence[Stat]
    groups: Sequence[tuple[str, str, bool, str]]
    lines: Sequence[OutboxLine]
    older: str
    may_retry: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """A channel: whether this installation has it, and where the person is reached on it."""

    name: str
    label: str
    address: str
    is_ready: bool


def notice_list(account: Account, parameters: QueryDict) -> NoticeList:
    """The account's notices under `show` and `before`, newest first."""
    only_unread = parameters.get("show") == "unread"
    found = queries.notices(account, only_unread=only_unread, before=_before(parameters), size=PAGE_SIZE)
    older = with_parameter(parameters, "before", str(found[PAGE_SIZE - 1].pk)) if len(found) > PAGE_SIZE else ""
    return NoticeList([_line(one) for one in found[:PAGE_SIZE]], queries.unread_count(account), only_unread, older)


def outbox(parameters: QueryDict, *, actor: Actor) -> Outbox:
    """Deliveries under `state`, `channel` and `before`, newest first. Raises NotAllowed."""
    group, channel = parameters.get("state", ""), parameters.get("channel", "")
    states = GROUPS.get(group, ())
    channel = channel if channel in Channel.values else ""
    found = queries.outbox(actor=actor, states=states, channel=channel, before=_before(parameters), size=PAGE_SIZE)
    older = with_parameter(parameters, "before", str(found[PAGE_SIZE - 1].pk)) if len(found) > PAGE_SIZE else ""
    may_retry = policy.may(actor, "notify.retry", None)
    counted = queries.counts()
    labels = {
        "": gettext("全部"), "waiting": gettext("等待"), "trouble": gettext("暂时失败"), "failed": gettext("失败"),
        "done": gettext("完成"),
    }
    groups = [
        (name, label, name == (group if states else ""), number(sum(n for (_, s), n in counted.items() if not name or s in GROUPS[name])))
        for name, label in labels.items()
    ]
    return Outbox(_figures(), groups, [_delivery(one, may_retry=may_retry) for one in found[:PAGE_SIZE]], older, may_retry)


def reached(account: Account) -> list[Reached]:
    """Every channel, as the person's own settings page shows it."""
    preference, ready = preference_of(account), queries.channels()
    return [
        Reached(one.value, word(str(one.label)), _shown(one, address_of(account, preference, one)), one.value in ready) for one in Channel
    ]


def wishes_of(account: Account) -> dict[str, object]:
    """What the account prefers, as the form begins with it."""
    held = preference_of(account) or Preference(account=account)
    chosen = [*(held.channels or ()), "", "", "", ""]
    return {
        "is_own": held.channels is not None, "first": chosen[0], "second": chosen[1], "third": chosen[2], "fourth": chosen[3],
        "is_digest": held.is_digest, "digest_at": held.digest_at, "has_quiet": held.has_quiet, "quiet_from": held.quiet_from,
        "quiet_until": held.quiet_until, "wecom": held.wecom, "dingtalk": held.dingtalk,
    }


def quiet_hours() -> str:
    """The quiet hours of the settings."""
    return str(settings.SUIXIN.notify_quiet)


def _before(parameters: QueryDict) -> int:
    text = parameters.get("before", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _line(one: Notice) -> NoticeLine:
    return NoticeLine(
        str(one.uuid), one.title, one.body, one.href, word(kind_of(one.kind).title), moment(one.created_at), one.read_at is None,
        one.urgency == Urgency.URGENT,
    )


def _figures() -> list[Stat]:
    last = queries.last_success()
    return [Stat(word(queries.channel_name(one)), moment(last.get(one)), note=gettext("上次发出")) for one in queries.channels()]


def _delivery(one: Delivery, *, may_retry: bool) -> OutboxLine:
    is_over = one.state not in (State.WAITING, State.RETRYING, State.UNKNOWN)
    return OutboxLine(
        str(one.uuid), word(kind_of(one.kind).title), word(queries.channel_name(one.channel)) if one.channel else "",
        word(str(State(one.state).label)), TONES[one.state], moment(one.created_at), "" if is_over else moment(one.due_at),
        one.attempts, one.sentence, one.code, may_retry and one.state in (*OVER_BADLY, State.RETRYING, State.UNKNOWN),
    )


def _shown(channel: Channel, address: str) -> str:
    return MASKS["mobile"].apply(address) or "" if channel == Channel.SMS else address
