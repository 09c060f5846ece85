"""What is done to a receiver's database that is registered: checked, given a new password, disabled and enabled."""

from django.db import transaction

from suixin.data.collection.errors import AddressRefused, SourceFault
from suixin.data.doors.errors import ReceiverFault, WrongExchange
from suixin.data.doors.models import Target
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

_LONGEST_PASSWORD = 500


def check_target(target: Target, *, actor: Actor) -> Target:
    """The database with what one connection said; our two tables are made there, which tries that right. Raises NotAllowed."""
    from suixin.data.doors.tables.receivers import Receiver  # loads SQLAlchemy

    policy.require(actor, "sharing.exchange", target.organisation)
    try:
        with Receiver(target) as receiver:
            receiver.prepare()
        target.health, target.is_well = "连接成功，账号可以建表。", True
    except (ReceiverFault, SourceFault, AddressRefused, WrongExchange) as error:
        target.health, target.is_well = error.sentence[:600], False
    target.checked_at = clock.now()
    with transaction.atomic():
        target.save(update_fields=["health", "is_well", "checked_at"])
        audit.record(actor, "sharing.target_checked", target, detail={"is_well": target.is_well})
    return target


@transaction.atomic
def rotate_password(target: Target, password: str, *, actor: Actor, reason: str) -> Target:
    """The database with another password, which nobody can read again; it counts as not checked. Raises NotAllowed, WrongExchange."""
    policy.require(actor, "sharing.exchange", target.organisation)
    if not password or len(password) > _LONGEST_PASSWORD:
        raise WrongExchange(f"请填写新密码，最多 {_LONGEST_PASSWORD} 个字符。")
    held = Target.objects.select_for_update().get(pk=target.pk)
    held.secret, held.health, held.is_well, held.checked_at = password, "", None, None
    held.save(update_fields=["secret", "health", "is_well", "checked_at"])
    audit.record(actor, "sharing.target_rotated", held, basis=reason)
    return held


@transaction.atomic
def switch_target(target: Target, *, is_active: bool, actor: Actor, reason: str) -> Target:
    """The database, written to or not; its exchanges do not run meanwhile. Raises NotAllowed, WrongExchange."""
    policy.require(actor, "sharing.exchange", target.organisation)
    held = Target.objects.select_for_update().get(pk=target.pk)
    if held.is_active == is_active:
        raise WrongExchange("接收库已经是这个状态；请刷新页面。")
    before = state_of(held)
    held.is_active = is_active
    held.save(update_fields=["is_active"])
    audit.record(actor, "sharing.target_enabled" if is_active else "sharing.target_disabled", held, basis=reason, before=before)
    return held
