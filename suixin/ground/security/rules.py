"""What each role may do: the one table role x verb x scope. Our choice; roles after the Decree 809 division of work.

Verb     `module.verb`; a pattern may end in `*`, or be `*.verb`
OWN      objects of the actor's organisation
SUBTREE  objects of organisations in the subtree that the actor governs (a bureau's member: its whole government);
         what belongs to nobody in particular only when that subtree is the whole tree
ALL      every object
Promise  what stands nowhere is refused; of several roles the widest scope counts
Source   standards/data.md 2.1 (clerk, head of sharing, head of department; reception, review, coordination,
         supervision; operations people see no data); 三员分立: administrator, security officer, auditor
"""

from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache


class Scope(StrEnum):
    """On whose objects a role may act, from narrow to wide."""

    OWN = "own"
    SUBTREE = "subtree"
    ALL = "all"


_WIDTH = {Scope.OWN: 1, Scope.SUBTREE: 2, Scope.ALL: 3}
OWN, SUBTREE, ALL = Scope.OWN, Scope.SUBTREE, Scope.ALL

# Roles that an administrator gives to people of the organisations that it governs; `people.give_<role>` each.
GIVEN_BY_ADMINISTRATOR = (
    "clerk", "head_of_sharing", "department_head", "data_officer", "reception", "review", "coordination", "supervision",
    "leader",
)

ROLE_VERBS: dict[str, dict[str, Scope]] = {
    "system": {"*": ALL},
    # departments
    "clerk": {
        "items.view": ALL, "items.draft": OWN, "cases.view": OWN, "cases.handle": OWN, "cases.receive": OWN,
        "themes.view": ALL, "themes.draft": OWN,
        "flow.view": OWN, "flow.act": OWN, "flow.start": OWN, "flow.open_order": OWN, "forms.*": OWN,
        "catalog.propose": OWN, "catalog.group": OWN, "catalog.regrade": OWN, "catalog.seal_items": OWN, "catalog.view": ALL,
        "catalog.demand": OWN, "catalog.answer_demand": OWN, "catalog.keep_system": OWN,
        "standards.view": ALL, "standards.draft": OWN,
        "collection.*": OWN, "quality.*": OWN, "quality.doubt": ALL, "insight.view": ALL,
        "purge.view": OWN, "purge.ask": OWN, "purge.set_retention": OWN,
        "sharing.request": OWN, "sharing.answer": OWN, "sharing.view": OWN, "access.read_whole": OWN, "access.read_granted": OWN,
        "people.view_application": OWN,
    },
    "head_of_sharing": {
        "items.view": ALL, "themes.view": ALL,
        "flow.view": OWN, "flow.act": OWN, "flow.start": OWN, "flow.open_order": OWN, "flow.hand_over": OWN, "forms.*": OWN,
        "catalog.view": ALL, "standards.view": ALL, "quality.*": OWN, "quality.doubt": ALL, "insight.view": ALL, "sharing.*": OWN,
        "access.*": OWN,
        "opening.*": OWN,
        "people.*_application": OWN, "people.revoke_application_key": OWN,
    },
    "department_head": {
        "items.view": ALL, "items.draft": OWN, "cases.view": OWN, "cases.handle": OWN,
        "themes.view": ALL, "themes.draft": OWN,
        "flow.view": OWN, "flow.act": OWN, "flow.start": OWN, "flow.hand_over": OWN, "flow.approve_stop": OWN, "forms.*": OWN,
        "catalog.view": ALL, "standards.view": ALL, "catalog.publish": OWN, "quality.*": OWN, "insight.view": ALL, "sharing.*": OWN,
        "purge.view": OWN,
        "access.view": OWN, "access.*_grant": OWN, "access.index_keys": OWN, "access.read_whole": OWN, "access.read_granted": OWN,
        "opening.publish": OWN, "people.view_application": OWN, "people.revoke_application_key": OWN,
    },
    # the bureau of a city, a district or a park
    "data_officer": {
        "items.*": SUBTREE, "items.view": ALL, "cases.view": SUBTREE,
        "themes.*": SUBTREE, "themes.view": ALL,
        "flow.view": SUBTREE, "flow.act": OWN, "flow.start": SUBTREE, "flow.open_order": SUBTREE, "flow.merge_orders": SUBTREE,
        "flow.publish_procedure": SUBTREE, "flow.edit_calendar": SUBTREE, "forms.view": SUBTREE, "forms.fill": OWN, "forms.reveal": OWN,
        "catalog.*": SUBTREE, "catalog.view": ALL, "collection.*": SUBTREE, "quality.*": SUBTREE, "lake.*": SUBTREE,
        "quality.doubt": ALL, "purge.view": SUBTREE, "purge.ask": SUBTREE, "purge.set_retention": SUBTREE,
        "access.view": SUBTREE, "access.*_grant": SUBTREE, "access.index_keys": SUBTREE, "access.read_masked": SUBTREE,
        "access.read_whole": OWN, "access.read_granted": OWN, "sharing.*": SUBTREE, "opening.*": SUBTREE, "link.*": SUBTREE,
        "insight.*": SUBTREE, "insight.view": ALL, "standards.*": SUBTREE, "standards.view": ALL,
        "people.*_application": SUBTREE, "people.revoke_application_key": SUBTREE,
    },
    "reception": {
        "items.view": ALL, "cases.view": SUBTREE, "cases.receive": SUBTREE,
        "themes.view": ALL,
        "flow.view": SUBTREE, "flow.act": OWN, "flow.start": OWN, "forms.*": OWN,
        "catalog.view": ALL, "standards.view": ALL, "access.view": SUBTREE, "sharing.view": SUBTREE, "sharing.receive*": SUBTREE,
        "quality.doubt": ALL,  # what a person at the window says of data that fill in its form
    },
    "review": {
        "items.view": ALL, "items.publish": SUBTREE, "themes.view": ALL, "themes.publish": SUBTREE,
        "flow.view": SUBTREE, "flow.act": OWN, "flow.start": OWN, "forms.*": OWN,
        "catalog.view": ALL, "catalog.publish": SUBTREE, "quality.view": SUBTREE, "access.view": SUBTREE,
        "standards.view": ALL, "standards.publish": SUBTREE,
        "sharing.view": SUBTREE, "sharing.review*": SUBTREE, "opening.publish": SUBTREE,
        "access.give_grant": SUBTREE, "access.revoked_grant": SUBTREE, "access.index_keys": SUBTREE,  # what opening consists of
    },
    "coordination": {
        "items.view": ALL, "themes.view": ALL,
        "flow.view": SUBTREE, "flow.act": OWN, "flow.start": OWN, "forms.*": OWN,
        "catalog.view": ALL, "standards.view": ALL, "access.view": SUBTREE, "sharing.view": SUBTREE, "sharing.coordinate*": SUBTREE,
        "insight.view": ALL,
    },
    "supervision": {
        "items.view": ALL, "cases.view": SUBTREE, "cases.supervise": SUBTREE,
        "themes.view": ALL,
        "flow.view": SUBTREE, "flow.act": OWN, "flow.start": OWN, "flow.open_order": SUBTREE, "flow.merge_orders": SUBTREE,
        "flow.hand_over": SUBTREE, "flow.approve_stop": SUBTREE, "forms.*": OWN,
        "catalog.view": ALL, "standards.view": ALL, "quality.view": SUBTREE, "access.view": SUBTREE, "access.suspended_grant": SUBTREE,
        "access.active_grant": SUBTREE, "sharing.view": SUBTREE, "sharing.suspend": SUBTREE, "sharing.close_violation": SUBTREE,
        "insight.view": ALL,
        "people.view_application": SUBTREE, "people.revoke_application_key": SUBTREE,
    },
    "leader": {
        "items.view": ALL, "cases.view": SUBTREE,
        "themes.view": ALL,
        "flow.view": SUBTREE, "flow.act": OWN, "flow.approve_stop": SUBTREE,
        "catalog.view": ALL, "standards.view": ALL, "insight.view": ALL, "quality.view": SUBTREE, "access.view": SUBTREE,
        "sharing.view": SUBTREE,
    },
    # the machine, and the three who watch one another; none of them sees data, the auditor sees what was done
    "administrator": {
        "flow.hand_over": SUBTREE,
        "site.view": SUBTREE,
        "people.view": SUBTREE, "people.load_organisations": SUBTREE, "people.edit_organisation": SUBTREE,
        "people.create_account": SUBTREE, "people.edit_account": SUBTREE, "people.import_accounts": SUBTREE,
        "people.reset_factors": SUBTREE, "people.give_password": SUBTREE, "people.unlock": SUBTREE, "people.end_sessions": SUBTREE,
        "people.give_administrator": SUBTREE, "people.give_operator": SUBTREE,
        **{f"people.give_{role}": SUBTREE for role in GIVEN_BY_ADMINISTRATOR},
    },
    "security_officer": {
        "security.*": ALL, "catalog.regrade": ALL, "catalog.seal_items": ALL, "people.view": SUBTREE, "people.reset_factors": SUBTREE,
        "people.unlock": SUBTREE, "people.end_sessions": SUBTREE,
        "people.view_application": ALL, "people.revoke_application_key": ALL,
    },
    "auditor": {
        "audit.view": ALL, "audit.verify": ALL, "audit.export": ALL, "*.view": ALL, "people.view_application": ALL,
        "site.check_compliance": ALL,
    },
    "operator": {"site.*": ALL, "notify.*": ALL},
    # people outside: each its own account (the actions see to that), a firm's matters only for the firm acted for
    "resident": {
        "residents.act_for": ALL, "residents.answer_agency": ALL, "residents.end_sessions": ALL,
        "residents.close_account": ALL, "residents.read_traces": ALL, "quality.doubt": ALL,
        "cases.apply": ALL, "flow.start": ALL, "forms.fill": ALL,  # what applying consists of
    },
    "firm_agent": {
        "residents.give_agency": OWN, "residents.revoke_agency": OWN, "residents.read_traces": OWN, "quality.doubt": ALL,
        "cases.apply": ALL, "flow.start": ALL, "forms.fill": ALL,
    },
}

# Verbs whose start has no object yet, so that OWN and SUBTREE cannot be asked: the table a file belongs to is found
# only after it was opened, a group that holds nothing is nobody's. What they then touch is asked about by name.
NEEDS_NO_OBJECT = frozenset({"collection.run", "catalog.group"})

# Each stands alone on an account: who keeps the accounts, the keys, the log or the machine does nothing else there.
STANDS_ALONE = frozenset({"administrator", "security_officer", "auditor", "operator"})


@lru_cache(maxsize=16_384)
def scope_of(roles: frozenset[str], verb: str) -> Scope | None:
    """The widest scope in which any of the roles may do `verb`; None when none may. Remembered for each pair."""
    found = [
        scope for role in roles for pattern, scope in ROLE_VERBS.get(role, {}).items() if fnmatchcase(verb, pattern)
    ]
    return max(found, key=_WIDTH.__getitem__, default=None)


def may_stand_together(roles: frozenset[str]) -> bool:
    """Whether one account may hold these roles: one of STANDS_ALONE only by itself (三员分立, 运维与数据权限分离)."""
    return len(roles) <= 1 or not roles & STANDS_ALONE
