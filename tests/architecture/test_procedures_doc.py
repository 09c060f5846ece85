"""docs/procedures.md names every key that the parser reads, and no other; its examples are sound."""

import re

import pytest
import yaml

from suixin.ground.flow import parsing
from suixin.ground.flow.declaration import Action, NodeKind, OnReject, Restart, Silent
from suixin.ground.flow.parsing import parse
from suixin.ground.flow.proofs import faults_of, notes_of
from tests.architecture.house import ROOT

TEXT = (ROOT / "docs" / "procedures.md").read_text("utf-8")
EXAMPLES = [text for text in re.findall(r"```yaml\n(.*?)```", TEXT, re.S) if "nodes:" in text]


def keys_after(heading: str) -> list[str]:
    """The first cells of the first table after some words."""
    rows = TEXT[TEXT.index(heading):].split("\n|---|", 1)[1].split("\n\n")[0]
    return re.findall(r"^\| `([a-z_]+)` \|", rows, re.M)


@pytest.mark.parametrize(("heading", "keys"), [
    ("## Keys of a procedure", parsing.PROCEDURE_KEYS), ("## Keys of a node", parsing.NODE_KEYS),
    ("| key of `after`", parsing.AFTER_KEYS), ("| key of `approvers`", parsing.APPROVER_KEYS),
    ("| key of an escalation", parsing.ESCALATION_KEYS), ("| key of a decision", parsing.DECISION_KEYS),
    ("| key of a rule", parsing.RULE_KEYS),
])
def test_every_key_stands_in_its_table(heading, keys):
    assert keys_after(heading) == list(keys)


def test_every_choice_is_named():
    choices = [one.value for kind in (Action, NodeKind, OnReject, Restart, Silent) for one in kind]
    assert [one for one in (*choices, *parsing.HITS, "joint-inspection") if f"`{one}`" not in TEXT] == []


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: yaml.safe_load(text)["id"])
def test_every_example_may_be_published(text):
    declaration = parse(text)
    assert faults_of(declaration, holders=lambda role, place: True) == []
    assert notes_of(declaration) == []


def test_ten_lines_are_enough():
    assert len(EXAMPLES[0].splitlines()) <= 10
