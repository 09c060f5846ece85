"""What an answer, or a receipt, makes of a delivery: sent, tried again later, on to the next channel, over."""

import random
from datetime import timedelta

from django.db import transaction

from suixin.ground.notify import rules
from suixin.ground.notify.channels.carrying import Answer, Outcome
from suixin.ground.notify.models import OVER_BADLY, Attempt, Delivery, State
from suixin.kit import clock


@transaction.atomic
def settle(held: Delivery, answer: Answer) -> bool:
    """Whether the answer counted: it does not when the lease ran out and another attempt began."""
    now = clock.now()
    Attempt.objects.filter(delivery=held, uuid=str(held.attempt)).update(
        ended_at=now, outcome=answer.outcome.value, code=answer.code[:64], sentence=answer.sentence[:500],
    )
    own = Delivery.objects.filter(pk=held.pk, attempt=held.attempt, state__in=[State.SENDING, State.UNKNOWN])
    match answer.outcome:
        case Outcome.ACCEPTED:
            return bool(own.update(
                state=State.SENT, sent_at=now, lease_until=None, receipt=answer.receipt, sentence="", code=answer.code[:64],
            ))
        case Outcome.PERMANENT:
            return to_next(held, answer.sentence, answer.code)
        case Outcome.TEMPORARY | Outcome.UNKNOWN:
            if rules.is_spent(held.tries, has_next=bool(held.rest)):
                return to_next(held, answer.sentence, answer.code, is_spent=True)
            return bool(own.update(
                state=State.UNKNOWN if answer.outcome == Outcome.UNKNOWN else State.RETRYING, lease_until=None,
                due_at=now + _pause(held.tries, answer.retry_after), sentence=answer.sentence[:500], code=answer.code[:64],
            ))


def to_next(held: Delivery, sentence: str, code: str, *, is_spent: bool = False) -> bool:
    """Whether the delivery, as it was read, went on to its next channel, or is over when there is none."""
    own = Delivery.objects.filter(pk=held.pk, attempt=held.attempt, channel=held.channel).exclude(
        state__in=[State.DELIVERED, State.COLLECTED, *OVER_BADLY]
    )
    if not held.rest:
        state = State.GIVEN_UP if is_spent else State.FAILED
        return bool(own.update(state=state, lease_until=None, sentence=sentence[:500], code=code[:64]))
    return bool(own.update(
        state=State.WAITING, channel=held.rest[0], rest=held.rest[1:], tries=0, due_at=clock.now(), lease_until=None, receipt="",
        sent_at=None, sentence=f"改用后备渠道：{sentence}"[:500], code=code[:64],
    ))


def _pause(tries: int, retry_after: timedelta | None) -> timedelta:
    pause = rules.pause_after(tries, random.random())  # noqa: S311  jitter
    return max(pause, min(retry_after or timedelta(), rules.LONGEST_RETRY_AFTER))
