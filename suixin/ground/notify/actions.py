"""Writes of messages: sent with what they tell of, read, sent again."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.notify import outbox, rules
from suixin.ground.notify.errors import BadMessage, WrongDeliveryState
from suixin.ground.notify.kinds import kind_of
from suixin.ground.notify.models import OVER_BADLY, Channel, Delivery, Notice, State, Urgency
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Account
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import NotAllowed

TITLE, BODY, KEY, ADDRESS = 200, 4000, 200, 200


@transaction.atomic(savepoint=False)
def send(
    to: Sequence[Recipient], *, kind: str, title: str, body: str = "", href: str = "", key: str, urgency: str = "",
    data: Mapping[str, object] | None = None, is_first: bool = False,
) -> int:
    """How many are newly told; written in the caller's transaction. Raises BadMessage.

    Whoever was told under the same kind and key is not told again (`is_first`: nobody was yet). `href` is an address of this site. Without
    `urgency` it is the kind's. Who may tell is decided by the action that calls.
    """
    urgency = urgency or kind_of(kind).urgency
    if not key or len(key) > KEY or not kind:
        raise BadMessage(f"消息没有种类，或标识为空、超过 {KEY} 个字符；请由发送的模块改正。", kind=kind, key=key[:KEY])
    if not (told := rules.one_line(title, TITLE)):
        raise BadMessage("消息没有标题；请由发送的模块改正。", kind=kind, key=key)
    if href and not rules.is_local(href):
        raise BadMessage("消息的链接不是本站地址；链接须以 / 开头。", kind=kind, key=key)
    if urgency not in Urgency.values or any(not _is_address(one) for one in to):
        raise BadMessage("消息的紧急程度或收件地址不对；请由发送的模块改正。", kind=kind, key=key)
    message = outbox.Message(kind, key, told, rules.plain_text(body, BODY), href, urgency, dict(data or {}))
    return outbox.put(message, to, is_first=is_first)


def _is_address(one: Recipient) -> bool:
    if one.what != "address":
        return True
    return one.channel in Channel.values and one.text == rules.one_line(one.text, ADDRESS) != ""


@transaction.atomic
def mark_read(account: Account, uuids: Iterable[object] | None, *, actor: Actor) -> int:
    """How many of the account's notices (None: all of them) are read from now on. Raises NotAllowed.

    Only the account's own person reads; that it was read is no change of anything official, so it is not on record.
    """
    if (actor.kind, actor.key) != (ActorKind.STAFF, account.username):
        raise NotAllowed("只能阅读本人的消息；请用本人的账号登录。")
    unread = Notice.objects.filter(account=account, read_at=None)
    chosen = unread if uuids is None else unread.filter(uuid__in=list(uuids))
    return chosen.update(read_at=clock.now())


@transaction.atomic
def retry_delivery(delivery: Delivery, *, actor: Actor, reason: str = "") -> Delivery:
    """The failed delivery, waiting again on its channel. Raises NotAllowed, WrongDeliveryState."""
    policy.require(actor, "notify.retry", None)
    held = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if held.state not in (*OVER_BADLY, State.RETRYING, State.UNKNOWN):
        raise WrongDeliveryState(f"这条消息现在是“{State(held.state).label}”，不需要重发；请刷新页面。")
    held.state, held.tries, held.due_at, held.sentence, held.code = State.WAITING, 0, clock.now(), "", ""
    held.save(update_fields=["state", "tries", "due_at", "sentence", "code"])
    audit.record(actor, "notify.retried", held, basis=reason)
    return held
