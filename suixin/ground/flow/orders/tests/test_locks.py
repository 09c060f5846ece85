"""An order passed on while the last step of its instance is decided: one waits for the other, neither is cut off."""

from threading import Event

import pytest

from suixin.ground.flow import advancing, moving, subjects
from suixin.ground.flow.errors import FlowError
from suixin.ground.flow.orders import actions, closing
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.orders.tests.factories import desk, found, waiting
from suixin.ground.flow.subjects import Effect
from suixin.ground.flow.tests.factories import beside

MOMENT = 0.5  # long enough that both would hold what the other wants


@pytest.mark.django_db(transaction=True)
def test_order_passed_on_while_it_closes_waits_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = desk()
    order, officer = found(made, kind="general"), made.people["officer"]
    for _ in range(2):
        advancing.decide(waiting(order.instance), "approve", actor=made.people["clerk"])
    step, elsewhere = waiting(order.instance), made.city.district_department
    stopping, closes, stop = Event(), Event(), moving.stop

    def stop_later(*given: object, **more: object) -> object:
        stopping.set()
        closes.wait(MOMENT)
        return stop(*given, **more)  # type: ignore[arg-type]  # passed on as it came

    def close_later(given: Effect) -> None:
        closes.set()
        stopping.wait(MOMENT)
        closing.close(given)

    monkeypatch.setattr(moving, "stop", stop_later)
    monkeypatch.setitem(subjects.effects, "flow.close_order", close_later)
    told: list[object] = []
    threads = [
        beside(lambda: actions.pass_on(order, elsewhere, actor=officer, reason="不归本局"), told),
        beside(lambda: advancing.decide(step, "approve", actor=officer), told),
    ]
    for thread in threads:
        thread.join(30)
    assert sorted(isinstance(one, FlowError) for one in told) == [False, True], told
    kept = WorkOrder.objects.get()
    assert (kept.is_open, kept.organisation == elsewhere) in ((False, False), (True, True))
