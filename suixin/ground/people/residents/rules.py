"""What a provider's claims make of a person: who, how well proven, for which firms. Pure.

Levels   1 registered 注册, 2 phone verified 手机核验, 3 real name 实名, 4 real person 实人 (seen alive by face or counter)
Promise  the level is never above what the provider says, nor above its declared ceiling; real name without a name
         and a resident ID that passes its check character counts as level 2
Source   the scale is our choice, after the real-name (实名) and real-person (实人) grades of provincial identities
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from suixin.kit.checksums import has_resident_check_char, is_mobile, is_uscc

LONGEST_NAME = 120
MADE_UP = "urn:suixin:simulated"  # the issuer of people who are nobody


class TrustLevel(IntEnum):
    """How well somebody's identity is proven."""

    REGISTERED = 1
    PHONE = 2
    REAL_NAME = 3
    REAL_PERSON = 4


# what needs which level; a page shows the same table
TRACES_LEVEL = TrustLevel.REAL_NAME
AGENCY_LEVEL = TrustLevel.REAL_NAME


@dataclass(frozen=True, slots=True)
class FirmMapping:
    """Where a list of firms stands in the claims, and what the words for the two positions are."""

    claim: str = ""
    uscc: str = "uscc"
    name: str = "name"
    role: str = "role"
    legal_representative: frozenset[str] = frozenset()
    agent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ClaimMapping:
    """Names of a provider's claims, and what its words for the level mean here."""

    name: str = "name"
    id_number: str = ""
    mobile: str = ""
    level_claim: str = ""
    levels: Mapping[str, TrustLevel] = field(default_factory=dict)
    highest: TrustLevel = TrustLevel.REAL_PERSON
    firm: FirmMapping = FirmMapping()

    @property
    def claims(self) -> frozenset[str]:
        """Every claim that is looked for."""
        return frozenset(filter(None, (self.name, self.id_number, self.mobile, self.level_claim, self.firm.claim)))


@dataclass(frozen=True, slots=True)
class FirmClaim:
    """A firm that the provider says the person stands for."""

    uscc: str
    name: str
    is_legal_representative: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as one provider says at one sign-in. Empty texts where it does not say."""

    issuer: str
    subject: str
    name: str = ""
    id_number: str = ""
    mobile: str = ""
    level: TrustLevel = TrustLevel.REGISTERED
    firms: tuple[FirmClaim, ...] = ()

    @property
    def is_made_up(self) -> bool:
        """Whether nobody is this: a person of a demonstration."""
        return self.issuer == MADE_UP


def identity_of(claims: Mapping[str, object], mapping: ClaimMapping) -> Identity:
    """The identity in verified claims; malformed numbers and firms count as not said."""
    name = _text(claims, mapping.name)[:LONGEST_NAME]
    id_number = _text(claims, mapping.id_number).upper()
    mobile = _text(claims, mapping.mobile).removeprefix("+86").strip("- ")
    id_number = id_number if has_resident_check_char(id_number) else ""
    said = mapping.levels.get(_text(claims, mapping.level_claim), TrustLevel.REGISTERED)
    level = min(said, mapping.highest)
    if level >= TrustLevel.REAL_NAME and not (name and id_number):
        level = TrustLevel.PHONE
    return Identity(
        issuer=_text(claims, "iss"), subject=_text(claims, "sub"), name=name, id_number=id_number,
        mobile=mobile if is_mobile(mobile) else "", level=level, firms=_firms(claims.get(mapping.firm.claim), mapping.firm),
    )


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name) if name else None
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _firms(claim: object, mapping: FirmMapping) -> tuple[FirmClaim, ...]:
    entries: Sequence[object] = claim if isinstance(claim, list) else [claim] if isinstance(claim, dict) else []
    found: dict[str, FirmClaim] = {}
    for entry in entries:
        firm = _firm(entry, mapping) if isinstance(entry, dict) else None
        if firm is not None and not (firm.uscc in found and found[firm.uscc].is_legal_representative):
            found[firm.uscc] = firm
    return tuple(found.values())


def _firm(entry: Mapping[str, object], mapping: FirmMapping) -> FirmClaim | None:
    uscc, name = _text(entry, mapping.uscc).upper(), _text(entry, mapping.name)[:LONGEST_NAME]
    role = _text(entry, mapping.role)
    is_known = role in mapping.legal_representative or role in mapping.agent
    if not is_uscc(uscc) or not name or not is_known:
        return None
    return FirmClaim(uscc, name, role in mapping.legal_representative)
