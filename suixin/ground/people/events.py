"""What people tells: organisations that changed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrganisationRenamed:
    """An organisation has another name, or another place in the tree."""

    organisation_id: int
