"""One message by one channel, at once and on record, to see whether the settings are right."""

import uuid
from contextlib import closing

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.notify import rules
from suixin.ground.notify.channels import carrier_of
from suixin.ground.notify.channels.carrying import Answer
from suixin.ground.notify.kinds import TEST
from suixin.ground.notify.models import Delivery, Urgency
from suixin.ground.notify.wording import parcel_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor


def try_channel(channel: str, to: str, *, actor: Actor) -> Answer:
    """What the provider of a configured channel says to a test message. Raises NotAllowed."""
    policy.require(actor, "notify.retry", None)
    now = clock.now()
    unsaved = Delivery(
        uuid=uuid.uuid4(), kind=TEST.name, title="测试消息", body="这是一条测试消息，收到即说明渠道设置正确。", channel=channel,
        urgency=Urgency.URGENT, created_at=now, due_at=now,
    )
    with closing(carrier_of(channel)) as carrier:
        answer = carrier.carry(parcel_of(unsaved, rules.one_line(to, 200)))
    with transaction.atomic():
        audit.record(actor, "notify.tested", ("notify.channel", channel), code=answer.outcome.value)
    return answer
