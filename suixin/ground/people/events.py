"""What people tells: organisations that changed, residents who closed their account."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrganisationRenamed:
    """An organisation has another name, or another place in the tree."""

    organisation_id: int


@dataclass(frozen=True, slots=True)
class ResidentClosed:
    """A resident closed its account; what modules above kept for it only has to go."""

    resident_id: int
