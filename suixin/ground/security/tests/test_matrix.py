"""Every member of the cast with every verb of the code: on its own, in its subtree, elsewhere, on nothing in particular.

MAY is written by hand, not derived from the table it tests. A member that is not named may not.
"""

import ast
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path

import pytest

import suixin
from suixin.ground.security.policy import may, may_anywhere
from suixin.ground.security.rules import ROLE_VERBS
from suixin.ground.security.verbs import OUTSIDE, VERBS, words_of
from suixin.kit.actor import SYSTEM, Actor
from tests import cast

ALL = "own subtree elsewhere none"
CITY = "own subtree none"  # governs the whole tree, so also what is nobody's; not another city's
DISTRICT = "own subtree"
OWN = "own"
START = "own none"  # a start that has no object yet
MEMBERS: dict[str, Actor] = {
    "system": SYSTEM, "mayor": cast.mayor, "officer": cast.data_officer, "reception": cast.reception, "review": cast.review,
    "coordination": cast.coordination, "supervision": cast.supervision, "clerk": cast.clerk, "sharing": cast.head_of_sharing,
    "head": cast.department_head, "administrator": cast.administrator, "security": cast.security_officer,
    "auditor": cast.auditor, "operator": cast.operator, "district": cast.district_officer,
    "district-admin": cast.district_administrator, "expired": cast.expired, "ended": cast.ended, "resident": cast.resident,
    "agent": cast.firm_agent, "application": cast.application, "public": cast.public,
}
QUESTIONS = ("require", "may", "refuse", "require_over", "require_anywhere", "may_anywhere", "within")
WORKERS = "clerk sharing head officer district reception review coordination supervision mayor auditor"
ADMINISTRATORS = {CITY: "administrator", DISTRICT: "district-admin"}
MAY: dict[str, dict[str, str]] = {
    # catalogue, collection, quality: departments their own, bureaus their subtree
    "catalog.view": {ALL: WORKERS},
    "standards.view": {ALL: WORKERS},
    "standards.draft": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "standards.publish": {CITY: "officer review", DISTRICT: "district"},
    "catalog.propose": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "catalog.publish": {CITY: "officer review", DISTRICT: "district", OWN: "head"},
    "items.view": {ALL: WORKERS},
    "items.draft": {CITY: "officer", DISTRICT: "district", OWN: "clerk head"},
    "items.publish": {CITY: "officer review", DISTRICT: "district"},
    "cases.view": {ALL: "auditor", CITY: "officer reception supervision mayor", DISTRICT: "district", OWN: "clerk head"},
    "cases.handle": {OWN: "clerk head"},
    "cases.receive": {CITY: "reception", OWN: "clerk"},
    "cases.supervise": {CITY: "supervision"},
    "themes.view": {ALL: WORKERS},
    "themes.draft": {CITY: "officer", DISTRICT: "district", OWN: "clerk head"},
    "themes.publish": {CITY: "officer review", DISTRICT: "district"},
    "catalog.keep_tree": {CITY: "officer", DISTRICT: "district"},
    "catalog.group": {CITY: "officer district", START: "clerk"},
    "catalog.regrade": {CITY: "officer", DISTRICT: "district", OWN: "clerk", ALL: "security"},
    "catalog.seal_items": {CITY: "officer", DISTRICT: "district", OWN: "clerk", ALL: "security"},
    "catalog.name_source": {CITY: "officer", DISTRICT: "district"},
    "catalog.match_demand": {CITY: "officer", DISTRICT: "district"},
    "catalog.demand": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "catalog.answer_demand": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "catalog.keep_system": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "catalog.decide_duplicates": {CITY: "officer", DISTRICT: "district"},
    "catalog.exempt_duplicates": {CITY: "officer", DISTRICT: "district"},
    "purge.view": {ALL: "auditor", CITY: "officer", DISTRICT: "district", OWN: "clerk head"},
    "purge.ask": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "purge.set_retention": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "purge.run": {},
    "lake.reseal": {CITY: "officer", DISTRICT: "district"},
    "collection.declare": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "collection.run": {CITY: "officer district", START: "clerk"},
    "collection.land_waiting": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "collection.view": {ALL: "auditor", CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "collection.declare_source": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "collection.check_source": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "collection.declare_feed": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "collection.run_feed": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "collection.decide_drift": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "collection.enqueue_due": {CITY: "officer", DISTRICT: "district", OWN: "clerk"},
    "quality.read_rejects": {CITY: "officer", DISTRICT: "district", OWN: "clerk sharing head"},
    "quality.profile": {CITY: "officer", DISTRICT: "district", OWN: "clerk sharing head"},
    "quality.doubt": {ALL: "clerk sharing officer district reception resident agent", OWN: "head"},
    "quality.report": {CITY: "officer", DISTRICT: "district", OWN: "clerk sharing head"},
    "quality.set_rules": {CITY: "officer", DISTRICT: "district", OWN: "clerk sharing head"},
    "quality.view": {
        ALL: "auditor", CITY: "officer review supervision mayor", DISTRICT: "district", OWN: "clerk sharing head",
    },
    # reading: those who keep the machine, the accounts, the keys or the log read nothing
    "access.read_whole": {OWN: "clerk sharing head officer district"},
    "access.read_masked": {CITY: "officer", DISTRICT: "district", OWN: "sharing"},
    "access.read_granted": {OWN: "clerk sharing head officer district"},
    "access.view": {
        ALL: "auditor", CITY: "officer reception review coordination supervision mayor", DISTRICT: "district",
        OWN: "sharing head",
    },
    # lending and opening
    "access.give_grant": {CITY: "officer review", DISTRICT: "district", OWN: "sharing head"},
    "access.index_keys": {CITY: "officer review", DISTRICT: "district", OWN: "sharing head"},
    "access.active_grant": {CITY: "officer supervision", DISTRICT: "district", OWN: "sharing head"},
    "access.suspended_grant": {CITY: "officer supervision", DISTRICT: "district", OWN: "sharing head"},
    "access.revoked_grant": {CITY: "officer review", DISTRICT: "district", OWN: "sharing head"},
    "sharing.exchange": {CITY: "officer", DISTRICT: "district", OWN: "sharing head"},
    "sharing.grant": {CITY: "officer", DISTRICT: "district", OWN: "sharing head"},
    "sharing.view": {
        ALL: "auditor", CITY: "officer reception review coordination supervision mayor", DISTRICT: "district", OWN: "clerk sharing head",
    },
    "sharing.request": {CITY: "officer", DISTRICT: "district", OWN: "clerk sharing head"},
    "sharing.answer": {CITY: "officer", DISTRICT: "district", OWN: "clerk sharing head"},
    "sharing.suspend": {CITY: "officer supervision", DISTRICT: "district", OWN: "sharing head"},
    "sharing.terminate": {CITY: "officer", DISTRICT: "district", OWN: "sharing head"},
    "sharing.cascade": {CITY: "officer", DISTRICT: "district", OWN: "sharing head"},
    "sharing.close_violation": {CITY: "officer supervision", DISTRICT: "district", OWN: "sharing head"},
    "opening.publish": {CITY: "officer review", DISTRICT: "district", OWN: "sharing head"},
    "opening.refresh": {CITY: "officer", DISTRICT: "district", OWN: "sharing"},
    "insight.declare": {CITY: "officer", DISTRICT: "district"},
    "insight.compute": {CITY: "officer", DISTRICT: "district"},
    # peers: what is nobody's, so only who governs all registers one
    "link.register_peer": {CITY: "officer", DISTRICT: "district"},
    "link.decide_peer": {CITY: "officer", DISTRICT: "district"},
    # keys
    "security.reseal": {ALL: "security"},
    "security.rotate_key": {ALL: "security"},
    "security.view": {ALL: "security auditor"},
    # people
    "people.view": {ALL: "auditor", CITY: "administrator security", DISTRICT: "district-admin"},
    "people.load_organisations": ADMINISTRATORS,
    "people.edit_organisation": ADMINISTRATORS,
    "people.create_account": ADMINISTRATORS,
    "people.reset_factors": {CITY: "administrator security", DISTRICT: "district-admin"},
    "people.give_password": ADMINISTRATORS,
    "people.unlock": {CITY: "administrator security", DISTRICT: "district-admin"},
    "people.end_sessions": {CITY: "administrator security", DISTRICT: "district-admin"},
    "people.edit_account": ADMINISTRATORS,
    "people.import_accounts": ADMINISTRATORS,
    # who gives which role; staff.may_give asks those of the whole instance of nobody in particular, so of the root only
    "people.give_clerk": ADMINISTRATORS,
    "people.give_head_of_sharing": ADMINISTRATORS,
    "people.give_department_head": ADMINISTRATORS,
    "people.give_data_officer": ADMINISTRATORS,
    "people.give_reception": ADMINISTRATORS,
    "people.give_review": ADMINISTRATORS,
    "people.give_coordination": ADMINISTRATORS,
    "people.give_supervision": ADMINISTRATORS,
    "people.give_leader": ADMINISTRATORS,
    "people.give_administrator": ADMINISTRATORS,
    "people.give_operator": ADMINISTRATORS,
    "people.give_security_officer": {},
    "people.give_auditor": {},
    "people.create_application": {CITY: "officer", DISTRICT: "district", OWN: "sharing"},
    # the log
    "audit.view": {ALL: "auditor"},
    "audit.verify": {ALL: "auditor"},
    "audit.export": {ALL: "auditor"},
    "people.edit_application": {CITY: "officer", DISTRICT: "district", OWN: "sharing"},
    "people.view_application": {
        ALL: "security auditor", CITY: "officer supervision", DISTRICT: "district", OWN: "clerk sharing head",
    },
    "people.revoke_application_key": {ALL: "security", CITY: "officer supervision", DISTRICT: "district", OWN: "sharing head"},
    # procedures: one for all, so that only who governs all publishes one
    "flow.publish_procedure": {CITY: "officer", DISTRICT: "district"},
    "flow.view": {
        ALL: "auditor", CITY: "officer reception review coordination supervision mayor", DISTRICT: "district",
        OWN: "clerk sharing head",
    },
    "flow.act": {OWN: "clerk sharing head officer district reception review coordination supervision mayor"},
    "flow.start": {
        ALL: "resident agent", CITY: "officer", DISTRICT: "district", OWN: "clerk sharing head reception review coordination supervision",
    },
    "flow.open_order": {CITY: "officer supervision", DISTRICT: "district", OWN: "clerk sharing"},
    "flow.merge_orders": {CITY: "officer supervision", DISTRICT: "district"},
    "flow.hand_over": {CITY: "supervision administrator", DISTRICT: "district-admin", OWN: "sharing head"},
    "flow.approve_stop": {CITY: "supervision mayor", OWN: "head"},
    "flow.edit_calendar": {CITY: "officer", DISTRICT: "district"},
    "forms.view": {
        ALL: "auditor", CITY: "officer", DISTRICT: "district", OWN: "clerk sharing head reception review coordination supervision",
    },
    "forms.reveal": {OWN: "clerk sharing head officer district reception review coordination supervision"},
    "forms.fill": {ALL: "resident agent", OWN: "clerk sharing head officer district reception review coordination supervision"},
    # the machine
    "site.view": {ALL: "operator auditor", CITY: "administrator", DISTRICT: "district-admin"},
    "site.check_compliance": {ALL: "operator auditor"},
    "site.retry_job": {ALL: "operator"},
    "site.discard_job": {ALL: "operator"},
    "notify.view": {ALL: "operator auditor"},
    "notify.retry": {ALL: "operator"},
    # people outside: what is whose is checked by the actions
    "residents.act_for": {ALL: "resident"},
    "residents.answer_agency": {ALL: "resident"},
    "residents.end_sessions": {ALL: "resident"},
    "residents.close_account": {ALL: "resident"},
    "residents.read_traces": {ALL: "resident", OWN: "agent"},
    "cases.apply": {ALL: "resident agent"},
    "residents.give_agency": {OWN: "agent"},
    "residents.revoke_agency": {OWN: "agent"},
}


@dataclass(frozen=True)
class Owner:
    """An organisation as the policy sees one."""

    path: tuple[str, ...]

    @property
    def uscc(self) -> str:
        return self.path[-1] if self.path else ""


@dataclass(frozen=True)
class Thing:
    provider: Owner


def objects(actor: Actor) -> dict[str, Thing | None]:
    """One object of each kind for that actor."""
    path, head = actor.organisation_path, actor.head
    under = (*path[: path.index(head) + 1], "UNDER") if head else ("UNDER",)
    return {"own": Thing(Owner(path)), "subtree": Thing(Owner(under)), "elsewhere": Thing(Owner(("FAR", "AWAY"))), "none": None}


@pytest.mark.parametrize(("member", "verb"), list(product(MEMBERS, MAY)))
def test_member_may_do_this_to_exactly_that(member: str, verb: str) -> None:
    actor = MEMBERS[member]
    expected = {ALL} if member == "system" else {scope for scope, members in MAY[verb].items() if member in members.split()}
    found = {kind for kind, obj in objects(actor).items() if may(actor, verb, obj)}
    assert found == set(" ".join(expected).split())
    assert may_anywhere(actor, verb) is bool(found)


def test_every_role_is_played_and_stands_in_the_table() -> None:
    played = {role for actor in MEMBERS.values() for role in actor.roles}
    assert played == set(ROLE_VERBS)


def test_the_matrix_names_every_verb_that_the_code_asks_about() -> None:
    asked: set[str] = set()
    patterns: set[str] = set()
    root = Path(suixin.__file__).parent
    for path in root.rglob("*.py"):
        if "tests" not in path.parts:
            for word in verbs_asked(ast.parse(path.read_text("utf-8"))):
                (patterns if "*" in word else asked).add(word)
    assert asked - set(MAY) == set(), "asked in the code, not in the matrix"
    unasked = {verb for verb in MAY if verb not in asked and not any(fnmatchcase(verb, one) for one in patterns)}
    assert unasked == set(), "in the matrix, asked nowhere"
    assert [one for one in patterns if not any(fnmatchcase(verb, one) for verb in MAY)] == []


@pytest.mark.parametrize("verb", MAY)
def test_verb_has_words_for_people(verb: str) -> None:
    assert words_of(verb) != verb


def test_words_are_of_every_verb_asked_or_written_out_in_the_table_and_of_no_other() -> None:
    named = [verb for words in (*VERBS.values(), OUTSIDE) for verb in words]
    written_out = {verb for verbs in ROLE_VERBS.values() for verb in verbs if "*" not in verb}
    assert sorted(named) == sorted(set(MAY) | written_out)


def verbs_asked(tree: ast.AST) -> list[str]:
    """The second argument of every question to the policy, and verbs of the console's menu; `*` where the code fills in."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) > 1 and _name(node.func) in QUESTIONS:
            found += _text(node.args[1])
        if isinstance(node, ast.Assign) and _name(node.targets[0]) == "CONSOLE_MENU" and isinstance(node.value, ast.Tuple):
            found += [word for entry in node.value.elts if isinstance(entry, ast.Tuple) for word in _text(entry.elts[3])]
    return [word for word in found if "." in word]


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts)]
        case ast.IfExp(body=one, orelse=other):
            return _text(one) + _text(other)
    return []
