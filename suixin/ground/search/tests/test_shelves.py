"""What a process keeps in memory is what the database says: after every write of anybody, for every reader."""

import random
import threading
from collections.abc import Callable

import numpy as np
import pytest
from django.db import connection, connections, transaction

from suixin.ground.search import actions, finding, shelves
from suixin.ground.search.engines import Scope, Token, engine
from suixin.ground.search.models import Document, Stamp
from suixin.ground.search.registry import Entry

ALL, PUBLIC = Scope("thing", is_public=False), Scope("thing")


def _put(key: str, title: str, **more: object) -> None:
    actions.put(Entry("thing", key, title, **more))  # type: ignore[arg-type]  # test data


def _found(text: str, scope: Scope = ALL) -> list[str]:
    return [one.key for one in finding.search(scope, text).documents]


def _elsewhere(write: Callable[[], None]) -> None:
    """Done by a connection of its own, as another process would."""

    def run() -> None:
        try:
            write()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_writes_of_another_process_are_seen_by_the_next_question():
    _put("a", "公交线路")
    assert _found("公交") == ["a"]
    _elsewhere(lambda: _put("b", "公交站点"))
    assert sorted(_found("公交")) == ["a", "b"]
    _elsewhere(lambda: _put("a", "空气质量"))
    assert (_found("公交"), _found("空气")) == (["b"], ["a"])
    _elsewhere(lambda: actions.drop("thing", "b"))
    assert _found("公交") == []


@pytest.mark.django_db(transaction=True)
def test_private_documents_do_not_come_out_of_what_was_kept_for_others():
    _put("open", "公交线路", is_public=True, facets={"theme": ["甲"]}, lineage="A/B/")
    _put("ours", "公交站点", facets={"theme": ["乙"]}, lineage="A/C/")
    assert sorted(_found("公交")) == ["open", "ours"]
    public = finding.search(PUBLIC, "公交")
    assert ([one.key for one in public.documents], public.total, public.facets) == (["open"], 1, {"theme": {"甲": 1}})
    assert finding.keys(PUBLIC, "公交") == ["open"]
    assert _found("公交", Scope("thing", is_public=False, lineage="A/C/")) == ["ours"]
    _elsewhere(lambda: _put("open", "公交线路", is_public=False, facets={"theme": ["甲"]}))
    assert _found("公交", PUBLIC) == []
    assert finding.search(PUBLIC, "").facets == {}


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_nothing_in_memory():
    _put("a", "公交线路")
    assert _found("公交") == ["a"]
    with transaction.atomic():
        _put("b", "公交站点")
        assert sorted(_found("公交")) == ["a", "b"]
        transaction.set_rollback(True)
    assert _found("公交") == ["a"]
    _put("c", "公交票价")
    assert sorted(_found("公交")) == ["a", "c"]


@pytest.mark.django_db(transaction=True)
def test_what_is_brought_up_to_date_equals_what_is_read_whole():
    rng = random.Random(7)
    for step in range(60):
        key = str(rng.randrange(12))
        if rng.random() < 0.2:
            actions.drop("thing", key)
        else:
            _put(key, rng.choice(["公交线路", "空气质量", "水库"]), is_public=rng.random() < 0.5,
                 facets={"theme": rng.sample(["甲", "乙", "丙"], rng.randrange(4)), f"f{step % 3}": [str(step)]})
        if rng.random() < 0.6:
            held = shelves.shelf_of("thing")
            whole = shelves._read("thing", Stamp.objects.get(kind="thing"), None)
            assert held.ids.tolist() == whole.ids.tolist()
            assert (held.keys.tolist(), held.is_public.tolist()) == (whole.keys.tolist(), whole.is_public.tolist())
            rows = np.arange(held.total, dtype=np.int32)
            assert held.counted(rows) == whole.counted(rows)


@pytest.mark.django_db(transaction=True)
def test_one_change_reads_one_document(django_assert_num_queries):
    for number in range(20):
        _put(str(number), "公交线路")
    shelves.shelf_of("thing")
    _put("7", "空气质量")
    with django_assert_num_queries(3):  # the stamp, again under the lock, the documents since
        held = shelves.shelf_of("thing")
    assert held.total == 20


@pytest.mark.django_db
def test_postings_are_bounded(monkeypatch):
    for number in range(30):
        _put(str(number), f"公交{number}路")
    shelf = shelves.shelf_of("thing")
    monkeypatch.setattr(shelves, "POSTING_BYTES", 1_000)
    for number in range(30):
        assert len(shelf.places([Token(str(number))])[Token(str(number))].every) == 1
    assert shelf._bytes <= 1_000
    assert len(shelf.places([Token("公交")])[Token("公交")].title) == 30


@pytest.mark.django_db
def test_characters_that_the_engine_may_not_know_are_characters():
    _put("a", "\u4dbf\u9fff\U0002a6df名录")
    assert _found("\u4dbf\u9fff\U0002a6df") == ["a"]
    assert Document.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_hits_are_those_of_the_shelf_whose_rows_they_are():
    _put("closed", "公交站点")
    _put("open", "公交线路", is_public=True)
    assert finding.keys(PUBLIC, "公交") == ["open"]
    held = shelves.shelf_of("thing")
    # read for a question inside a transaction, after a document went whose stamp this reader has not seen yet
    Document.objects.filter(key="closed").delete()
    with transaction.atomic():
        other = shelves.shelf_of("thing")
        assert (other.stamp, other.total) == (held.stamp, 1)
        assert finding.keys(PUBLIC, "公交") == ["open"]
        assert finding.keys(PUBLIC, "线路") == ["open"]
    assert shelves.shelf_of("thing") is held
    assert finding.keys(PUBLIC, "线路") == ["open"]


@pytest.mark.django_db(transaction=True)
def test_answers_are_kept_until_a_document_changes_and_apart_for_those_who_see_others():
    told: list[Scope] = []

    def ask(scope: Scope) -> bytes:
        def tell(shelf: shelves.Shelf) -> bytes:
            told.append(scope)
            return b" ".join(one.key.encode() for one in finding.search(scope, "公交", shelf=shelf).documents)

        return finding.told(scope, "公交", tell)

    _put("open", "公交线路", is_public=True)
    _put("closed", "公交站点")
    assert (ask(PUBLIC), ask(PUBLIC), sorted(ask(ALL).split())) == (b"open", b"open", [b"closed", b"open"])
    assert told == [PUBLIC, ALL]
    _elsewhere(lambda: _put("closed", "空气质量", is_public=True))
    assert (ask(PUBLIC), ask(ALL)) == (b"open", b"open")
    _elsewhere(lambda: actions.drop("thing", "open"))
    assert (ask(PUBLIC), ask(ALL)) == (b"", b"")


@pytest.mark.django_db
def test_a_settled_index_lies_in_one_segment_and_finds_the_same():
    for number in range(40):
        _put(str(number), f"公交{number}路")
    before = {number: _found(f"公交{number}") for number in range(40)}
    engine().settle()
    assert {number: _found(f"公交{number}") for number in range(40)} == before
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT segid) FROM search_index_idx")
            assert cursor.fetchone() == (1,)
