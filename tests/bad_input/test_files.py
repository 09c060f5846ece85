"""Every bad file ends in a landed batch with exact counts, or in a refusal with a sentence; nothing is left half-done."""

from pathlib import Path

import pytest

from suixin.data.catalog.tests.factories import ASSESSED, bureau
from suixin.data.collection import actions
from suixin.data.collection.outcomes import FileOutcome
from suixin.kit.actor import Actor, ActorKind
from tests.bad_input.material import CASES, Case


def officer() -> Actor:
    """The bureau's data officer."""
    uscc = bureau().uscc
    return Actor(ActorKind.STAFF, "officer", "数据管理员", uscc, (uscc,), frozenset({"data_officer"}))


def brought(folder: Path, name: str, content: bytes) -> list[FileOutcome]:
    """What became of a file with this content."""
    path = folder / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return actions.run_feed(path, actor=officer(), accept=ASSESSED)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bad_file_lands_exactly_or_is_refused_with_a_sentence(case: Case, tmp_path: Path, lake: Path) -> None:
    outcomes = brought(tmp_path, case.name, case.make())
    landed = tuple((o.rows_in, o.accepted, o.rejected) for o in outcomes if o.status == "landed")
    refused = [o.message for o in outcomes if o.status == "refused"]
    assert (landed, len(refused)) == (case.counts, len(case.refusals)), outcomes
    for word, message in zip(case.refusals, refused, strict=True):
        assert word in message
        assert message.endswith("。")
