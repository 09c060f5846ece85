"""Who acts: a frozen value, so that the lowest storeys need not know people or sessions."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The populations that may act; staff and residents are never mixed."""

    STAFF = "staff"
    RESIDENT = "resident"
    APPLICATION = "application"
    PUBLIC = "public"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, for an organisation, with roles.

    `key` is unique within `kind` (account name, application id); `organisation` is the unified social
    credit code of the organisation acted for, `organisation_path` its ancestors from the root, self last.
    `jurisdiction` is the credit code at the head of the subtree that the actor governs: for a bureau's member the
    government that its bureau serves, for anybody else (or left empty) its own organisation.
    """

    kind: ActorKind
    key: str
    name: str
    organisation: str = ""
    organisation_path: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    jurisdiction: str = ""

    @property
    def head(self) -> str:
        """Credit code of the head of the subtree that the actor governs; empty when it acts for no organisation."""
        return self.jurisdiction or self.organisation

    @property
    def governs_all(self) -> bool:
        """Whether that subtree is the whole tree of this instance."""
        return bool(self.head) and self.head == (self.organisation_path[0] if self.organisation_path else self.organisation)

    def has_role(self, role: str) -> bool:
        """Whether the actor holds `role` in the organisation acted for."""
        return role in self.roles


PUBLIC = Actor(ActorKind.PUBLIC, "public", "社会公众")
SYSTEM = Actor(ActorKind.SYSTEM, "system", "系统", roles=frozenset({"system"}))
