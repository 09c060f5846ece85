"""Work orders from end to end: found, assigned, handled, measured, closed; counted, merged, passed on, reopened."""

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.flow import advancing
from suixin.ground.flow.errors import MissingReason
from suixin.ground.flow.models import Instance
from suixin.ground.flow.orders import actions, closing
from suixin.ground.flow.orders.errors import UnknownKind, WrongOrder
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.orders.tests.factories import THING, Desk, desk, found, waiting, work_off
from suixin.ground.notify.models import Notice
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Desk:
    return desk()


def take(made: Desk, order: WorkOrder, who: str = "clerk", action: str = "approve", reason: str = "") -> Instance:
    """The step that waits, decided."""
    order.refresh_from_db()
    return advancing.decide(waiting(order.instance), action, actor=made.people[who], reason=reason)


def status(order: WorkOrder) -> str:
    assert order.instance is not None
    return order.instance.status


def test_what_a_machine_found_goes_straight_to_who_owns_the_cause(made: Desk) -> None:
    order = found(made)
    step = waiting(order.instance)
    assert (step.node, step.organisation, step.role) == ("assigned", made.city.department, "clerk")
    assert (order.is_open, order.before["sentence"], order.times_seen) == (True, "灯不亮。", 1)
    assert Record.objects.filter(action="flow.order_opened").count() == 1


def test_order_closes_only_when_measured_well(made: Desk) -> None:
    order = found(made)
    take(made, order)
    take(made, order)
    work_off()
    order.refresh_from_db()
    step = waiting(order.instance)
    assert (step.node, step.round, order.after["sentence"], order.is_open) == ("handled", 2, "灯不亮。", True)
    made.is_well = True
    take(made, order)
    work_off()
    order.refresh_from_db()
    assert (order.is_open, order.after["is_well"], order.times_measured, status(order)) == (False, True, 2, "done")


def test_same_finding_is_counted_and_its_reporters_are_told_at_the_end(made: Desk) -> None:
    order = found(made)
    again = found(made, by=made.people["officer"], title="又坏了")
    assert (again.pk, again.times_seen, again.reports.count(), WorkOrder.objects.count()) == (order.pk, 2, 2, 1)
    made.is_well = True
    take(made, order)
    take(made, order)
    work_off()
    told = Notice.objects.filter(kind="flow.order_closed")
    assert [notice.account.username for notice in told] == ["officer"]


def test_what_a_clerk_found_is_confirmed_by_the_bureau_first(made: Desk) -> None:
    order = found(made, by=made.people["clerk"])
    assert waiting(order.instance).node == "found"
    take(made, order, "officer", "reject", "灯没有坏")
    order.refresh_from_db()
    assert status(order) == "rejected"


def test_order_without_a_measure_is_checked_by_the_bureau(made: Desk) -> None:
    order = found(made, kind="general", mark="g")
    take(made, order)
    take(made, order)
    assert waiting(order.instance).node == "checked"
    take(made, order, "officer")
    order.refresh_from_db()
    assert not order.is_open


def test_merged_order_lends_its_count_and_stops(made: Desk) -> None:
    order, other = found(made), found(made, mark="lamp-2")
    found(made, mark="lamp-2")
    kept = actions.merge(other, order, actor=made.people["officer"], reason="同一根电杆")
    other.refresh_from_db()
    assert (kept.times_seen, kept.reports.count()) == (3, 3)
    assert (other.merged_into, other.is_open, status(other)) == (order, False, "stopped")
    with pytest.raises(WrongOrder, match="已办结"):
        actions.merge(order, other, actor=made.people["officer"], reason="再并")


def test_passed_on_order_starts_at_its_new_owner(made: Desk) -> None:
    order = found(made)
    first = order.instance
    assert first is not None
    moved = actions.pass_on(order, made.city.district_department, actor=made.people["officer"], reason="灯归区里管")
    first.refresh_from_db()
    step = waiting(moved.instance)
    assert (first.status, step.node, step.organisation) == ("stopped", "assigned", made.city.district_department)
    with pytest.raises(NotAllowed):
        actions.pass_on(order, made.city.department, actor=made.people["clerk"], reason="不想办")


def test_closed_order_is_reopened_with_a_reason(made: Desk) -> None:
    order = found(made, kind="general", mark="g")
    for who in ("clerk", "clerk", "officer"):
        take(made, order, who)
    with pytest.raises(MissingReason):
        actions.reopen(order, actor=made.people["officer"], reason=" ")
    again = actions.reopen(order, actor=made.people["officer"], reason="又坏了")
    assert (again.is_open, again.times_reopened, waiting(again.instance).node) == (True, 1, "assigned")
    with pytest.raises(WrongOrder, match="还没有办结"):
        actions.reopen(order, actor=made.people["officer"], reason="再开")


def test_stranger_opens_nothing_and_an_unknown_kind_is_a_sentence(made: Desk) -> None:
    with pytest.raises(NotAllowed):
        found(made, by=made.people["outsider"])
    with pytest.raises(UnknownKind, match="没有登记类别"):
        actions.open_order("nothing", subject=THING, title="x", detail="x", organisation=made.city.department,
                           fingerprint="x", actor=made.people["officer"])
    assert not WorkOrder.objects.exists()


def test_sent_back_order_waits_for_the_bureau(made: Desk) -> None:
    order = found(made)
    take(made, order, action="return", reason="不归我们管")
    step = waiting(order.instance)
    assert (step.node, step.organisation) == ("found", made.city.bureau)
    take(made, order, "officer")
    assert waiting(order.instance).node == "assigned"


def test_order_whose_instance_ended_unheard_is_open_no_more(made: Desk) -> None:
    order = found(made)
    assert order.instance is not None
    Instance.objects.filter(pk=order.instance.pk).update(status="stopped", outcome="不再办")  # killed before anybody heard of it
    assert (closing.abandon_lost(), closing.abandon_lost()) == (1, 0)
    order.refresh_from_db()
    assert not order.is_open
    assert Record.objects.get(action="flow.order_abandoned").basis == "不再办"
    again = found(made)
    assert (again.pk != order.pk, again.times_seen) == (True, 1)
