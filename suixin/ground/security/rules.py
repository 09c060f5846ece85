"""What each role may do: one table of verb patterns. Our choice; roles after the Decree 809 division of work.

A verb is `module.verb`; a pattern may end in `*`. OWN means: only on objects of the actor's organisation;
ANY means on all. What stands nowhere is refused; so is, under OWN, an object whose organisation cannot be found.
"""

from enum import StrEnum
from fnmatch import fnmatchcase


class Scope(StrEnum):
    """On whose objects a role may act."""

    ANY = "any"
    OWN = "own"


ROLE_VERBS: dict[str, dict[str, Scope]] = {
    "system": {"*": Scope.ANY},
    "data_officer": {
        "catalog.*": Scope.ANY, "collection.*": Scope.ANY, "quality.*": Scope.ANY, "lake.*": Scope.ANY,
        "opening.*": Scope.ANY, "insight.*": Scope.ANY, "sharing.*": Scope.ANY, "access.*": Scope.ANY,
        "standards.*": Scope.ANY, "people.load_organisations": Scope.ANY, "people.create_application": Scope.ANY,
    },
    "clerk": {
        "catalog.*": Scope.OWN, "collection.*": Scope.OWN, "quality.*": Scope.OWN, "sharing.request*": Scope.ANY,
        "sharing.answer*": Scope.OWN, "catalog.view": Scope.ANY, "insight.view": Scope.ANY,
    },
    "head_of_sharing": {
        "sharing.*": Scope.ANY, "access.*": Scope.ANY, "opening.*": Scope.ANY, "catalog.view": Scope.ANY,
        "insight.view": Scope.ANY, "people.create_application": Scope.ANY,
    },
    "auditor": {"audit.*": Scope.ANY, "*.view": Scope.ANY},
    "operator": {
        "lake.*": Scope.ANY, "collection.*": Scope.ANY, "people.*": Scope.ANY, "site.*": Scope.ANY, "*.view": Scope.ANY,
    },
    "leader": {"insight.*": Scope.ANY, "*.view": Scope.ANY},
}

# Verbs whose start has no object yet, so that OWN cannot be asked: the table a file belongs to is found only after
# it was opened, a group that holds nothing is nobody's. What they then touch is asked about by name.
NEEDS_NO_OBJECT = frozenset({"collection.run", "catalog.group"})


def scope_of(roles: frozenset[str], verb: str) -> Scope | None:
    """The widest scope in which any of the roles may do `verb`; None when none may."""
    found = {
        scope for role in roles for pattern, scope in ROLE_VERBS.get(role, {}).items() if fnmatchcase(verb, pattern)
    }
    return Scope.ANY if Scope.ANY in found else Scope.OWN if found else None
