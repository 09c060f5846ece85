"""What standards tell those above them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StandardPublished:
    """A version of a code set or data element is published; `reference` names it (`code@label`)."""

    kind: str
    code: str
    reference: str


@dataclass(frozen=True, slots=True)
class MappingPublished:
    """A department's own codes stand to a standard set from now on by this mapping."""

    own: str
    target: str
    number: int
