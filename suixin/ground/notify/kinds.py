"""Kinds of messages, declared by the modules that send them; an undeclared one is treated as the plainest kind.

Use  `kinds.register(Kind("flow.step_opened", "新的待办"))`, called from `site/wiring.py`; registering again replaces
"""

from dataclasses import dataclass

from suixin.ground.notify.models import Channel, Urgency

USUAL = (Channel.WECOM.value, Channel.DINGTALK.value, Channel.MAIL.value, Channel.SMS.value)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is so of every message of a kind, unless the sender or the reader wants it otherwise.

    `title` is a few words without personal data: it is all that a short message says. `is_private`: titles and texts
    stay in the house, other channels get the kind's title and a link. `is_loud`: leaves the house at all.
    `template`: what people without an account read on every channel, its places filled from the message's data, which
    therefore holds nothing personal; `home`: where their link leads when the message names no address.
    """

    name: str
    title: str
    urgency: str = Urgency.NORMAL.value
    channels: tuple[str, ...] = USUAL
    is_private: bool = False
    may_wait: bool = True
    is_loud: bool = True
    template: str = ""
    home: str = ""


DIGEST = Kind("notify.digest", "消息汇总", may_wait=False)
TEST = Kind("notify.test", "测试消息", urgency=Urgency.URGENT.value, may_wait=False)
registered: dict[str, Kind] = {DIGEST.name: DIGEST, TEST.name: TEST}


def register(kind: Kind) -> None:
    """Let messages be of this kind."""
    registered[kind.name] = kind


def kind_of(name: str) -> Kind:
    """The kind of that name; a plain one when nobody declared it."""
    return registered.get(name) or Kind(name, "新的消息")
