"""Packages that must go: their grant is suspended or ended, their rows must not lie about, or nobody took them in time."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from suixin.data.access.models import Grant, GrantState
from suixin.data.catalog.models import ResourceState
from suixin.data.doors import receipts
from suixin.data.doors.files import places
from suixin.data.doors.files.models import FileOrder, OrderState, Package, PackageState
from suixin.ground.audit import actions as audit
from suixin.ground.jobs.registry import DAY_SECONDS
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

_LYING = (PackageState.OFFERED, PackageState.BUILDING)


def withdraw_of_grant(grant: str, state: str) -> int:
    """Packages that were taken away since the grant is not active any more; orders are looked at again when it is."""
    if state == GrantState.ACTIVE:
        orders = Package.objects.filter(grant=grant, state=PackageState.WITHDRAWN).values("order")
        FileOrder.objects.filter(pk__in=orders).exclude(state=OrderState.PAUSED).update(next_at=clock.now(), state=OrderState.ENABLED)
        return 0
    return _take(Package.objects.filter(grant=grant), PackageState.WITHDRAWN, f"授权{GrantState(state).label}。")


def withdraw_if_ended(package: Package) -> None:
    """The package taken away when its grant is not active, told when it was made: meanwhile nobody else could take it."""
    if not Grant.objects.filter(uuid=package.grant, state=GrantState.ACTIVE).exists():
        _take(Package.objects.filter(pk=package.pk), PackageState.WITHDRAWN, "授权在生成时已暂停或撤销。")


def forget_tables(tables: Sequence[str], *, why: str) -> int:
    """Packages of those tables that were taken away."""
    return _take(Package.objects.filter(order__resource__table__in=list(tables)), PackageState.WITHDRAWN, why)


def clear() -> str:
    """Packages past their time, and of grants that have ended by themselves, are taken away; leftovers of a day too."""
    now = clock.now()
    expired = _take(Package.objects.filter(expires_at__lte=now), PackageState.EXPIRED, "保留期满,对方没有签收。")
    good = Grant.objects.filter(Q(valid_until=None) | Q(valid_until__gt=now), state=GrantState.ACTIVE)
    ended = Q(order__resource__state=ResourceState.WITHDRAWN) | ~Q(grant__in=good.values("uuid"))
    withdrawn = _take(Package.objects.filter(ended), PackageState.WITHDRAWN, "授权已到期、撤销,或资源已撤销。")
    places.forget_leftovers(now.timestamp() - DAY_SECONDS)
    receipts.forget_old(now.timestamp() - DAY_SECONDS)
    return f"过期的数据包 {expired} 个、收回的 {withdrawn} 个。"


def _take(found: QuerySet[Package], state: PackageState, why: str) -> int:
    taken = 0
    for package in found.filter(state__in=_LYING).select_related("order__application"):
        with places.turn(package, is_waiting=False) as is_ours:
            taken += is_ours and _taken(package, state, why)
    return taken


@transaction.atomic
def _taken(package: Package, state: PackageState, why: str) -> bool:
    held = Package.objects.select_for_update(of=("self",)).get(pk=package.pk)
    if held.state not in _LYING:
        return False
    places.remove(held)
    held.state, held.sentence = state, why
    held.save(update_fields=["state", "sentence"])
    audit.record(SYSTEM, f"sharing.package_{state.value}", held, basis=why, detail={"version": held.version})
    return True
