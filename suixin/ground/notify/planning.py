"""By which channels a message leaves the house, and when: what the reader prefers, then the kind, then the settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.conf import settings

from suixin.ground.notify import rules
from suixin.ground.notify.channels import configured
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.models import Channel, Delivery, Notice, Preference, Urgency
from suixin.ground.people.models import Account
from suixin.kit import clock

DIGEST_AT = time(9)
IsWorkday = Callable[[date], bool]
_sources: list[Callable[[], IsWorkday]] = []


@dataclass(frozen=True, slots=True)
class Plan:
    """How one message goes to one person."""

    channels: tuple[str, ...]
    due_at: datetime
    is_digest: bool


def register_workdays(source: Callable[[], IsWorkday]) -> None:
    """Ask this for the calendar of workdays; until then the weekdays are."""
    _sources[:] = [source]


def workdays() -> IsWorkday:
    """Which days people work, as the calendar stands now."""
    return _sources[0]() if _sources else lambda day: day.weekday() < 5


def quiet_of(preference: Preference | None) -> tuple[time, time] | None:
    """The quiet hours of a person; None when there are none."""
    if preference and not preference.has_quiet:
        return None
    if preference and preference.quiet_from is not None and preference.quiet_until is not None:
        return preference.quiet_from, preference.quiet_until
    start, _, end = settings.SUIXIN.notify_quiet.partition("-")
    return (time.fromisoformat(start), time.fromisoformat(end)) if end else None


def due_of(urgency: str, preference: Preference | None, now: datetime, *, calendar: IsWorkday | None = None) -> datetime:
    """When a message of that urgency may leave for that person."""
    quiet = None if urgency == Urgency.URGENT else quiet_of(preference)
    return rules.next_allowed(now.astimezone(clock.CHINA), quiet, calendar or workdays()) if quiet else now


def address_of(account: Account, preference: Preference | None, channel: str) -> str:
    """Where the account is reached on the channel; empty when it is not."""
    match channel:
        case Channel.MAIL:
            return account.email
        case Channel.SMS:
            return account.mobile or ""
        case Channel.WECOM:
            return preference.wecom if preference else ""
        case Channel.DINGTALK:
            return preference.dingtalk if preference else ""
    return ""


def deliveries(notices: Sequence[Notice], kind: Kind, now: datetime) -> list[Delivery]:
    """What leaves the house beside these notices: one delivery for each account that some channel reaches."""
    ready = configured()
    if not notices or not ready or not kind.is_loud:
        return []
    accounts = Account.objects.filter(is_active=True).select_related("notify_preference").in_bulk([one.account_id for one in notices])
    found, calendar = [], workdays()
    for notice in notices:
        account = accounts.get(notice.account_id)
        plan = account and _plan(account, notice, kind, ready=ready, now=now, calendar=calendar)
        if account and plan:
            found.append(_delivery(notice, account, plan))
    return found


def preference_of(account: Account) -> Preference | None:
    """What the account prefers; None when it never said."""
    return getattr(account, "notify_preference", None)


def _plan(
    account: Account, notice: Notice, kind: Kind, *, ready: Sequence[str], now: datetime, calendar: IsWorkday
) -> Plan | None:
    preference = preference_of(account)
    wanted = preference.channels if preference and preference.channels is not None else kind.channels
    channels = tuple(name for name in wanted if name in ready and address_of(account, preference, name))
    if not channels:
        return None
    due = due_of(notice.urgency, preference, now, calendar=calendar)
    if preference and preference.is_digest and kind.may_wait and notice.urgency != Urgency.URGENT:
        at = rules.next_at(now.astimezone(clock.CHINA), preference.digest_at or DIGEST_AT)
        return Plan(channels, due_of(notice.urgency, preference, at, calendar=calendar), is_digest=True)
    return Plan(channels, due, is_digest=False)


def _delivery(notice: Notice, account: Account, plan: Plan) -> Delivery:
    return Delivery(
        recipient=f"account:{account.pk}", account=account, kind=notice.kind, key=notice.key, title=notice.title, body=notice.body,
        href=notice.href, urgency=notice.urgency, data=notice.data, channel=plan.channels[0], rest=list(plan.channels[1:]),
        created_at=notice.created_at, due_at=plan.due_at, is_digest=plan.is_digest,
    )
