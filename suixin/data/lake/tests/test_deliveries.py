"""Threads that bring the same delivery: one writes, the others wait for it or are told; nobody loses anything."""

import threading

import pytest

from suixin.data.lake import deliveries
from suixin.data.lake.errors import TableBusy
from suixin.data.lake.models import Batch
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.tests import factories

pytestmark = pytest.mark.django_db


def in_thread(work) -> list[BaseException]:
    """What the work raised in a thread of its own."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 handed to the test
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised


def test_second_thread_at_a_delivery_is_refused_and_the_first_keeps_its_row():
    resource = factories.make_resource()
    with factories.staged(resource, factories.rows(1, 5), sm3="a") as (batch, written):
        [refusal] = in_thread(lambda: deliveries.begin("trial", "a/"))
        assert isinstance(refusal, TableBusy)
        assert Batch.objects.filter(pk=batch.pk).exists()
        factories.commit(resource, batch, written)
    assert in_thread(lambda: deliveries.begin("trial", "a/")) == []
    assert snapshot("trial").rows == 5


def test_delivery_is_free_after_a_stage_that_failed():
    resource = factories.make_resource()
    with pytest.raises(RuntimeError), factories.staged(resource, factories.rows(1, 5), sm3="a"):
        raise RuntimeError
    assert in_thread(lambda: deliveries.begin("trial", "a/")) == []
    assert factories.land(resource, factories.rows(1, 5), sm3="a").rows == 5


def test_waiting_thread_goes_on_when_the_first_is_done():
    deliveries.begin("trial", "f")
    done = threading.Event()

    def second() -> None:
        with deliveries.hold_delivery("trial", "f", wait_seconds=30):
            done.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert not done.is_set()
    deliveries.end("trial", "f")
    thread.join()
    assert done.is_set()
