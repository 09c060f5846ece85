"""What a person prefers: channels and their order, a daily digest, quiet hours, names on chat services."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.notify.errors import BadPreference
from suixin.ground.notify.models import Channel, Preference
from suixin.ground.people.models import Account
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody asks for; `channels` None: as each kind of message says. Times None: as the settings say."""

    channels: Sequence[str] | None = None
    is_digest: bool = False
    digest_at: time | None = None
    has_quiet: bool = True
    quiet_from: time | None = None
    quiet_until: time | None = None
    wecom: str = ""
    dingtalk: str = ""


@transaction.atomic
def prefer(account: Account, wishes: Wishes, *, actor: Actor) -> Preference:
    """The account's preference from now on, for messages written from now on. Raises NotAllowed, BadPreference."""
    if (actor.kind, actor.key) != (ActorKind.STAFF, account.username):
        raise NotAllowed("只能更改本人的消息设置；请用本人的账号登录。")
    channels = wishes.channels
    if channels is not None and (not set(channels) <= set(Channel.values) or len(set(channels)) < len(channels)):
        raise BadPreference("渠道不认识或重复；请在列出的渠道里各选一次。")
    for name in (wishes.wecom, wishes.dingtalk):
        if name and not re.fullmatch(r"[A-Za-z0-9@._\-]{1,64}", name):
            raise BadPreference("政务微信和钉钉的账号由 1 到 64 个字母、数字和 @._- 组成；请照通讯录填写。")
    if (wishes.quiet_from is None) != (wishes.quiet_until is None):
        raise BadPreference("免打扰的开始和结束时间要一起填写，或一起留空。")
    held, _ = Preference.objects.update_or_create(account=account, defaults={
        "channels": None if channels is None else list(channels), "is_digest": wishes.is_digest, "digest_at": wishes.digest_at,
        "has_quiet": wishes.has_quiet, "quiet_from": wishes.quiet_from, "quiet_until": wishes.quiet_until,
        "wecom": wishes.wecom, "dingtalk": wishes.dingtalk, "changed_at": clock.now(),
    })
    audit.record(actor, "notify.preferred", ("notify.preference", account.username))
    return held
