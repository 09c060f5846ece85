"""What claims make of a person: never more than the provider says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.ground.people.residents.models import Resident
from suixin.ground.people.residents.rules import ClaimMapping, FirmMapping, TrustLevel, identity_of
from suixin.ground.people.residents.tests.factories import NUMBERS
from suixin.ground.security.fields import SealedTextField

LEVELS = {"L1": TrustLevel.REGISTERED, "L2": TrustLevel.PHONE, "L3": TrustLevel.REAL_NAME, "L4": TrustLevel.REAL_PERSON}
MAPPING = ClaimMapping(
    id_number="id", mobile="phone", level_claim="level", levels=LEVELS,
    firm=FirmMapping("firms", legal_representative=frozenset({"legal"}), agent=frozenset({"agent"})),
)
WHOLE = {"iss": "https://i", "sub": "1", "name": "周玲建", "id": NUMBERS["zhou"], "phone": "+8613900000001"}


@pytest.mark.parametrize(("changes", "level"), [
    ({"level": "L4"}, 4), ({"level": "L3"}, 3), ({"level": "L2"}, 2), ({"level": "L1"}, 1), ({}, 1), ({"level": "L9"}, 1),
    ({"level": None}, 1), ({"level": True}, 1), ({"level": ["L4"]}, 1), ({"level": "L4", "id": ""}, 2),
    ({"level": "L4", "id": "510903180101055036"}, 2), ({"level": "L4", "name": " "}, 2), ({"level": "L3", "id": 5}, 2),
])
def test_level_is_what_the_provider_says_and_what_we_can_use(changes: dict[str, object], level: int) -> None:
    assert identity_of(WHOLE | changes, MAPPING).level == level


def test_ceiling_of_the_declaration_holds() -> None:
    mapping = ClaimMapping(id_number="id", level_claim="level", levels=LEVELS, highest=TrustLevel.PHONE)
    assert identity_of(WHOLE | {"level": "L4"}, mapping).level == TrustLevel.PHONE


plain = st.none() | st.booleans() | st.integers() | st.text()
json = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(st.dictionaries(st.sampled_from(["name", "id", "phone", "level", "firms", "sub", "iss"]), json), st.sampled_from(TrustLevel))
def test_no_claims_at_all_raise_the_level_or_break_anything(claims: dict[str, object], highest: TrustLevel) -> None:
    mapping = ClaimMapping(id_number="id", mobile="phone", level_claim="level", levels=LEVELS, highest=highest, firm=MAPPING.firm)
    found = identity_of(claims, mapping)
    said = claims.get("level")
    assert found.level <= min(highest, LEVELS.get(said.strip(), TrustLevel.REGISTERED) if isinstance(said, str) else TrustLevel.REGISTERED)


def test_firms_with_a_wrong_code_or_an_unknown_position_are_not_stood_for() -> None:
    good = {"uscc": "91510903XX0000326X", "name": "甲公司", "role": "agent"}
    firms = [good, {**good, "role": "legal"}, {**good, "uscc": "91510903XX0000326Y"}, {**good, "role": "owner"}, "x", {"uscc": 5}]
    found = identity_of(WHOLE | {"firms": firms}, MAPPING).firms
    assert [(one.uscc, one.is_legal_representative) for one in found] == [("91510903XX0000326X", True)]
    assert len(identity_of(WHOLE | {"firms": good}, MAPPING).firms) == 1


@given(st.text())
def test_sealed_names_open_again_and_are_not_readable_at_rest(name: str) -> None:
    field = Resident._meta.get_field("name")
    assert isinstance(field, SealedTextField)
    sealed = field.seal(name)
    assert field.from_db_value(sealed, None, None) == name
    assert len(name) < 4 or name.encode() not in sealed
