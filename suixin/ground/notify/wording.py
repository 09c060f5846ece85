"""What a message says on each channel: all of it by e-mail, its title in a chat, only its kind in a short message.

Personal data never goes into a short message; the link leads to the notice, behind the sign-in.
"""

from collections import defaultdict

from django.conf import settings

from suixin.ground.notify import rules
from suixin.ground.notify.channels.carrying import Parcel
from suixin.ground.notify.kinds import Kind, kind_of
from suixin.ground.notify.models import Channel, Delivery

# characters of title and text
LENGTHS = {Channel.MAIL: (150, 4000), Channel.WECOM: (64, 500), Channel.DINGTALK: (64, 500), Channel.SMS: (20, 60)}
INBOX = "/console/notices/"
LONGEST_TEMPLATE = 140  # two short messages


def parcel_of(delivery: Delivery, to: str) -> Parcel:
    """The delivery as its channel's provider gets it."""
    kind, channel = kind_of(delivery.kind), Channel(delivery.channel)
    longest_title, longest = LENGTHS[channel]
    is_bare = kind.is_private or channel == Channel.SMS or bool(kind.template)
    title = kind.title if is_bare else delivery.title
    return Parcel(
        id=delivery.message_id, channel=channel.value, to=to, kind=delivery.kind, title=rules.one_line(title, longest_title),
        text=_filled(kind, delivery) if kind.template else _text(delivery, kind.title, channel, longest, is_bare=is_bare),
        link=link_of(delivery.href or kind.home or INBOX),
        urgency=delivery.urgency, created_at=delivery.created_at,
    )


def _filled(kind: Kind, delivery: Delivery) -> str:
    """The kind's text with the data in its places; one that lacks a word says nothing there."""
    told = {name: str(value) for name, value in delivery.data.items()}
    return rules.one_line(kind.template.format_map(defaultdict(str, told)), LONGEST_TEMPLATE)


def _text(delivery: Delivery, kind_title: str, channel: Channel, longest: int, *, is_bare: bool) -> str:
    if channel == Channel.SMS:
        return rules.one_line(f"【遂心】您有{kind_title}，请登录工作台查看。", longest)
    if is_bare:
        return f"您有{kind_title}，请登录工作台查看。"
    if channel == Channel.MAIL:
        return rules.plain_text(delivery.body or delivery.title, longest)
    return rules.plain_text(delivery.title, longest)


def link_of(href: str) -> str:
    """The address as readers outside need it; empty when the settings name no origin of this site."""
    return f"{settings.SUIXIN.origins[0].rstrip('/')}{href}" if settings.SUIXIN.origins else ""
