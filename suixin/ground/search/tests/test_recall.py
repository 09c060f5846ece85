"""What is asked for is among the first ten, on the database at hand."""

import pytest

from suixin.ground.search.tests.corpus import entries, fill, pairs, recall

pytestmark = pytest.mark.django_db


def test_corpus_and_pairs_are_as_many_as_promised() -> None:
    titles = [entry.title for entry in entries()]
    assert len(titles) == len(set(titles)) >= 300
    assert len(pairs("pairs.txt")) >= 200
    assert len(pairs("held_out.txt")) >= 50
    assert {title for name in ("pairs.txt", "held_out.txt") for _, _, wanted in pairs(name) for title in wanted} <= set(titles)


@pytest.mark.parametrize(("name", "least"), [("pairs.txt", 0.95), ("held_out.txt", 0.85)])
def test_recall_at_ten(name: str, least: float) -> None:
    fill()
    found, missed = recall(name)
    assert found >= least, f"{found:.4f}: {missed}"
