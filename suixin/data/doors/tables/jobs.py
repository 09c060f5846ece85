"""Background entry points of table exchanges: one run; those that are due."""

from django.db.models import Q

from suixin.data.collection.schedules import schedule_of
from suixin.data.doors.errors import ExchangeHeld
from suixin.data.doors.models import ExchangeState, TableExchange
from suixin.data.doors.subscriptions import subscribing
from suixin.data.doors.tables.declaring import JOB
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.registry import Given
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotFound


def run(given: Given) -> str:
    """Run an exchange, as the system: who asked was allowed when they asked. Run again, it goes on where it stopped."""
    from suixin.data.doors.tables.running import run_exchange  # loads SQLAlchemy

    exchange = (
        TableExchange.objects.select_related("target", "application__organisation", "resource__provider")
        .filter(pk=int(given.text("exchange") or 0)).first()
    )
    if exchange is None:
        raise NotFound("这项交换不在了,没有运行。")
    try:
        return run_exchange(exchange, actor=SYSTEM, tell=given.tell, is_anew=bool(given.arguments.get("is_anew"))).sentence
    except ExchangeHeld as error:  # told on its page; trying again changes nothing
        return error.sentence


def enqueue_due(given: Given) -> str:
    """Exchanges whose time has come, and subscriptions whose resource has a new version, each once."""
    now, started = clock.now(), 0
    for one in TableExchange.objects.filter(Q(next_at__lte=now), state=ExchangeState.ENABLED, target__is_active=True):
        following = schedule_of(one.schedule).next_after(now) if one.schedule else None
        if TableExchange.objects.filter(pk=one.pk, next_at=one.next_at).update(next_at=following):
            enqueue(JOB, actor=SYSTEM, title=f"库表交换:{one}"[:300], arguments={"exchange": one.pk, "is_anew": one.is_whole})
            started += 1
    return f"启动到时的库表交换 {started} 项、订阅推送 {subscribing.enqueue_due()} 项。"
