"""The change feed of entries: each kind of event once, in the order of commits, never missed by who reads along."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction

from suixin.data.catalog import actions, announcing, generations, sources, systems
from suixin.data.catalog.contract import Level
from suixin.data.catalog.models import EntryEvent, Item, Resource
from suixin.data.catalog.tests import factories
from suixin.kit.actor import SYSTEM


def told() -> list[tuple[str, str, int]]:
    return [(one.resource.table, one.kind, one.version) for one in announcing.events_after(0, size=100)]


@pytest.mark.django_db
def test_every_way_in_which_an_entry_moves_is_one_event() -> None:
    first, second = factories.published("first"), factories.published("second")
    actions.regrade_resource(first, Level.L2, actor=SYSTEM, basis="评估")
    actions.regrade_resource(first, Level.L2, actor=SYSTEM, basis="评估")
    actions.classify_resource(first, ["201002"], actor=SYSTEM)
    actions.withdraw_resource(first, actor=SYSTEM, reason="合并", superseded_by=second)
    actions.withdraw_resource(second, actor=SYSTEM, reason="不再有")
    assert told() == [
        ("first", "published", 1), ("second", "published", 1), ("first", "changed", 2), ("first", "changed", 3),
        ("first", "superseded", 3), ("second", "withdrawn", 1),
    ]
    assert EntryEvent.objects.get(kind="superseded").successor == "second"
    assert all(one.digest for one in EntryEvent.objects.all())


@pytest.mark.django_db
def test_what_is_decided_for_several_entries_at_once_is_an_event_of_each() -> None:
    both = [factories.published("first"), factories.published("second")]
    items = Item.objects.filter(resource__in=both)
    sources.name_source(items, both[0].provider, actor=SYSTEM, reason="三定规定")
    system = systems.keep_system(systems.SystemDraft("lamps-01", "照明管理系统"), both[0].provider, actor=SYSTEM)
    systems.hold_resources(system, both, actor=SYSTEM)
    assert told()[2:] == [("first", "changed", 2), ("second", "changed", 2), ("first", "changed", 3), ("second", "changed", 3)]


@pytest.mark.django_db
def test_proposal_taken_back_is_nobody_s_business() -> None:
    proposed = actions.propose_resource(factories.draft(), actor=SYSTEM)
    actions.withdraw_resource(proposed, actor=SYSTEM, reason="错了")
    assert told() == []


@pytest.mark.django_db
def test_reading_goes_on_from_the_cursor() -> None:
    for number in range(5):
        factories.published(f"table_{number}")
    first = announcing.events_after(0, size=2)
    rest = announcing.events_after(first[-1].number, size=10)
    assert [one.resource.table for one in (*first, *rest)] == [f"table_{number}" for number in range(5)]
    assert announcing.newest_events(1)[0].number == rest[-1].number


@pytest.mark.django_db(transaction=True)
def test_event_of_an_open_transaction_holds_back_those_after_it() -> None:
    slow, quick = (actions.propose_resource(factories.draft(name), actor=SYSTEM) for name in ("slow", "quick"))
    written, may_commit, seen = threading.Event(), threading.Event(), list[list[str]]()

    def publish_slowly() -> None:
        with transaction.atomic():
            actions.publish_resource(slow, actor=SYSTEM)
            written.set()
            may_commit.wait(30)

    def publish_quickly() -> None:
        written.wait(30)
        actions.publish_resource(quick, actor=SYSTEM)

    threads = [_running(publish_slowly), _running(publish_quickly)]
    written.wait(30)
    threads[1].join(0.3)  # time to overtake, if it could
    seen.append([table for table, _, _ in told()])
    may_commit.set()
    for thread in threads:
        thread.join(30)
    seen.append([table for table, _, _ in told()])
    assert seen == [[], ["slow", "quick"]]


@pytest.mark.django_db(transaction=True)
def test_reader_beside_two_writers_misses_nothing() -> None:
    names = [f"table_{number}" for number in range(24)]
    entries = [actions.propose_resource(factories.draft(name), actor=SYSTEM) for name in names]
    found, cursor = list[str](), 0

    threads = [_running(partial(_publish, entries[0::2])), _running(partial(_publish, entries[1::2]))]
    while True:
        is_last = not any(thread.is_alive() for thread in threads)
        page = announcing.events_after(cursor, size=3)
        found += [one.resource.table for one in page]
        cursor = page[-1].number if page else cursor
        if is_last and not page:
            break
    assert sorted(found) == sorted(names)
    assert cursor <= generations.current()


def _publish(some: list[Resource]) -> None:
    for one in some:
        actions.publish_resource(one, actor=SYSTEM)


def _running(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
