"""When a department's interface is left alone: what every process saw of it, in one row, so that all judge alike.

Open    after FAILURES failures in a row nothing is sent for PAUSE; then one call of one process is tried, and decides
Cost    one read a call; writes only when a call fails, or succeeds after failures
"""

from datetime import timedelta

from django.db.models import F, Q

from suixin.data.doors.proxies.errors import SourceBroken
from suixin.data.doors.proxies.models import Breaker, Proxy
from suixin.kit import clock

FAILURES, PAUSE = 5, timedelta(seconds=30)


def enter(proxy: Proxy) -> bool:
    """Whether failures were seen before, when a call may leave. Raises SourceBroken."""
    seen = Breaker.objects.filter(proxy=proxy).first()
    if seen is None or seen.failures < FAILURES:
        return seen is not None and seen.failures > 0
    now = clock.now()
    left = (seen.opened_at + PAUSE - now).total_seconds()
    if left > 0 or not _is_ours(seen, proxy):
        wait = max(1, round(left))
        raise SourceBroken(f"源端接口连续失败 {seen.failures} 次,暂停转发;请 {wait} 秒后重试,或请提供方检查接口。")
    return True


def leave(proxy: Proxy, *, is_well: bool, had_failed: bool) -> None:
    """A call came back, or did not."""
    if is_well:
        if had_failed:
            Breaker.objects.filter(proxy=proxy).update(failures=0, trying_until=None)
        return
    now = clock.now()
    if not Breaker.objects.filter(proxy=proxy).update(failures=F("failures") + 1, opened_at=now, trying_until=None):
        Breaker.objects.update_or_create(proxy=proxy, defaults={"opened_at": now}, create_defaults={"failures": 1, "opened_at": now})


def is_open(proxy: Proxy) -> bool:
    """Whether calls are held back now."""
    seen = Breaker.objects.filter(proxy=proxy, failures__gte=FAILURES).first()
    return seen is not None and seen.opened_at + PAUSE > clock.now()


def _is_ours(seen: Breaker, proxy: Proxy) -> bool:
    """Whether the one call that is tried is this one: of all processes one takes it."""
    now = clock.now()
    free = Q(trying_until=None) | Q(trying_until__lte=now)
    until = now + timedelta(seconds=proxy.seconds + 1)
    return Breaker.objects.filter(free, proxy=proxy, opened_at=seen.opened_at).update(trying_until=until) == 1
