"""Every role with every verb of the code, on an object of its own organisation, of another, and on none."""

import re
from itertools import product
from pathlib import Path

import pytest

import suixin
from suixin.ground.security.policy import may
from suixin.ground.security.rules import ROLE_VERBS
from suixin.ground.security.tests.test_policy import Owner, Thing, actor

ALL = "own other none"
OBJECTS = {"own": Thing(Owner("A")), "other": Thing(Owner("B")), "none": None}
# Who may, on what; a role that is not named may not. `system` may everything.
MAY: dict[str, dict[str, str]] = {
    "catalog.view": dict.fromkeys(("data_officer", "clerk", "head_of_sharing", "auditor", "operator", "leader"), ALL),
    "catalog.propose": {"data_officer": ALL, "clerk": "own"},
    "catalog.publish": {"data_officer": ALL, "clerk": "own"},
    "catalog.group": {"data_officer": ALL, "clerk": "own none"},
    "collection.declare": {"data_officer": ALL, "clerk": "own", "operator": ALL},
    "collection.run": {"data_officer": ALL, "clerk": "own none", "operator": ALL},
    "collection.land_waiting": {"data_officer": ALL, "clerk": "own", "operator": ALL},
    "quality.read_rejects": {"data_officer": ALL, "clerk": "own"},
    "access.view": dict.fromkeys(("data_officer", "head_of_sharing", "auditor", "operator", "leader"), ALL),
    "access.give_grant": {"data_officer": ALL, "head_of_sharing": ALL},
    "access.index_keys": {"data_officer": ALL, "head_of_sharing": ALL},
    "access.active_grant": {"data_officer": ALL, "head_of_sharing": ALL},
    "access.suspended_grant": {"data_officer": ALL, "head_of_sharing": ALL},
    "access.revoked_grant": {"data_officer": ALL, "head_of_sharing": ALL},
    "opening.publish": {"data_officer": ALL, "head_of_sharing": ALL},
    "opening.refresh": {"data_officer": ALL, "head_of_sharing": ALL},
    "insight.declare": {"data_officer": ALL, "leader": ALL},
    "insight.compute": {"data_officer": ALL, "leader": ALL},
    "sharing.grant": {"data_officer": ALL, "head_of_sharing": ALL},
    "people.load_organisations": {"data_officer": ALL, "operator": ALL},
    "people.create_account": {"operator": ALL},
    "people.create_application": {"data_officer": ALL, "head_of_sharing": ALL, "operator": ALL},
}
ASKED = re.compile(r"""(?:require|may)\([^"'\n]*,\s*"([a-z_]+\.[a-z_]+)",""")


@pytest.mark.parametrize(("role", "verb", "which"), list(product(ROLE_VERBS, MAY, OBJECTS)))
def test_role_may_do_this_to_that(role: str, verb: str, which: str) -> None:
    expected = ALL if role == "system" else MAY[verb].get(role, "")
    assert may(actor(role), verb, OBJECTS[which]) is (which in expected.split())


@pytest.mark.parametrize(("verb", "which"), list(product(MAY, OBJECTS)))
def test_nobody_in_particular_may_nothing(verb: str, which: str) -> None:
    assert not may(actor(), verb, OBJECTS[which])


def test_the_matrix_names_every_verb_that_the_code_asks_about() -> None:
    root = Path(suixin.__file__).parent
    modules = [path for path in root.rglob("*.py") if "tests" not in path.parts]
    asked = {verb for path in modules for verb in ASKED.findall(path.read_text("utf-8"))}
    states = {"access.active_grant", "access.suspended_grant", "access.revoked_grant"}  # spelled f"access.{state}_grant"
    assert asked | states == set(MAY)
