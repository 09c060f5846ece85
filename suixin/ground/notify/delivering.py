"""The loop that empties the outbox: what is due is claimed, handed over, settled; one process's at a time.

Claim    compare-and-set of the row to a lease with a fresh attempt number, which is on record before anything leaves
Settle   only while the attempt is still the row's: a process that slept past its lease changes nothing
Cut off  a lease that ran out becomes UNKNOWN, visible, and is claimed again under the same message id
Down     a provider that does not answer is not asked again in this round; what is due on it counts one try
Busy     a provider that asks for a pause gets it; what is due on it waits as well, which counts nothing
"""

import logging
import random
import time
import uuid
from contextlib import closing
from datetime import datetime, timedelta

from django.db import transaction

from suixin.ground.notify import planning, rules
from suixin.ground.notify.channels import carrier_of, configured
from suixin.ground.notify.channels.carrying import Answer, Carrier, Outcome
from suixin.ground.notify.digests import collect
from suixin.ground.notify.models import DUE, Attempt, Delivery, State
from suixin.ground.notify.parking import place_parked
from suixin.ground.notify.settling import settle, to_next
from suixin.ground.notify.wording import parcel_of
from suixin.kit import clock

LEASE = timedelta(minutes=5)
BATCH, ROUND_SECONDS = 50, 20.0
_log = logging.getLogger(__name__)


def deliver_due(*, batch: int = BATCH) -> int:
    """How many were handed over: at most `batch` of each channel, for at most twenty seconds each."""
    now = clock.now()
    _find_cut_off(now)
    place_parked(now)
    collect(now)
    _drop_unconfigured(now)
    return sum(_round(channel, batch) for channel in configured())


def _find_cut_off(now: datetime) -> None:
    """Leases that ran out: handed over or not, nobody knows; seen by operators, claimed again after a first pause."""
    cut_off = Delivery.objects.filter(state=State.SENDING, lease_until__lt=now)
    if not cut_off.exists():  # no write lock for nothing
        return
    cut_off.update(
        state=State.UNKNOWN, due_at=now + rules.pause_after(1, 0.5), lease_until=None,
        sentence="发送过程中断，结果不明；将用同一标识再发。",
    )


def _drop_unconfigured(now: datetime) -> None:
    """What waits on a channel that the settings no longer name goes to the next one."""
    for row in Delivery.objects.filter(state__in=DUE, due_at__lte=now).exclude(channel__in=(*configured(), ""))[:BATCH]:
        to_next(row, "设置里不再有这个渠道。", "channel")


def _round(channel: str, batch: int) -> int:
    now, until = clock.now(), time.monotonic() + ROUND_SECONDS
    waiting = list(
        Delivery.objects.filter(channel=channel, state__in=DUE, due_at__lte=now, is_digest=False)
        .order_by("tries", "due_at", "id").values_list("pk", flat=True)[:batch]  # one that always fails holds up no other
    )
    if not waiting:
        return 0
    done = 0
    with closing(carrier_of(channel)) as carrier:
        for pk in waiting:
            claimed = claim(pk)
            if claimed is None:
                continue
            answer = _carried(carrier, claimed)
            settle(claimed, answer)
            done += 1
            if answer.is_down or answer.is_busy:
                _hold_back(channel, answer)
                break
            if time.monotonic() > until:
                break
    return done


def claim(pk: int) -> Delivery | None:
    """The delivery, this process's until the lease ends, its attempt on record; None when it is not to be sent now."""
    now = clock.now()
    with transaction.atomic():
        held = Delivery.objects.select_related("account__notify_preference").filter(pk=pk, state__in=DUE, due_at__lte=now).first()
        if held is None:
            return None
        own = Delivery.objects.filter(pk=pk, state=held.state, attempts=held.attempts, channel=held.channel)
        later = _not_before(held, now)
        if later > now:
            own.update(due_at=later)
            return None
        held.attempt, held.attempts, held.tries = uuid.uuid4(), held.attempts + 1, held.tries + 1
        if not own.update(
            state=State.SENDING, attempt=held.attempt, lease_until=now + LEASE, attempts=held.attempts, tries=held.tries,
        ):
            return None
        Attempt.objects.create(delivery=held, uuid=held.attempt, channel=held.channel, started_at=now)
    return held


def _not_before(held: Delivery, now: datetime) -> datetime:
    return planning.due_of(held.urgency, planning.preference_of(held.account) if held.account else None, now)


def _carried(carrier: Carrier, held: Delivery) -> Answer:
    to = held.address
    if held.account:
        if not held.account.is_active:
            return Answer(Outcome.PERMANENT, "账号已停用。", "account")
        to = planning.address_of(held.account, planning.preference_of(held.account), held.channel)
    if not to:
        return Answer(Outcome.PERMANENT, "收件人在这个渠道没有地址。", "address")
    try:
        return carrier.carry(parcel_of(held, rules.one_line(to, 200)))
    except Exception as error:  # noqa: BLE001  a fault of ours must not stop the others; the traceback is in the log
        _log.exception("delivery %s failed", held.uuid)
        return Answer(Outcome.TEMPORARY, f"发送出错（{type(error).__name__}）；详情在作业进程的日志里。", "fault")


@transaction.atomic
def _hold_back(channel: str, answer: Answer) -> None:
    """What else is due on the channel waits too; when the provider is down, fail-over must not wait for each to be tried."""
    now = clock.now()
    rows = Delivery.objects.filter(channel=channel, state__in=DUE, due_at__lte=now, is_digest=False)
    if answer.is_busy:
        rows.update(due_at=now + min(answer.retry_after or rules.pause_after(1, 0.5), rules.LONGEST_RETRY_AFTER))
        return
    for row in rows.order_by("due_at")[: 10 * BATCH]:
        tries = row.tries + 1
        if rules.is_spent(tries, has_next=bool(row.rest)):
            to_next(row, answer.sentence, answer.code, is_spent=True)
        else:
            Delivery.objects.filter(pk=row.pk, state=row.state, tries=row.tries).update(
                state=State.UNKNOWN if row.state == State.UNKNOWN else State.RETRYING, tries=tries,
                due_at=now + rules.pause_after(tries, random.random()), sentence=answer.sentence[:500], code=answer.code[:64],  # noqa: S311
            )
