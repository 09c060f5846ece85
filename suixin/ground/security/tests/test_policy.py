"""What roles may do."""

from dataclasses import dataclass

import pytest

from suixin.ground.security.policy import may, require
from suixin.kit.actor import PUBLIC, SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed


@dataclass
class Owner:
    uscc: str

    @property
    def path(self) -> tuple[str, ...]:
        return ("CITY", self.uscc) if self.uscc else ()


@dataclass
class Thing:
    provider: Owner


@dataclass
class Part:
    resource: Thing | None


def actor(*roles: str) -> Actor:
    """Somebody of the city's bureau A."""
    return Actor(ActorKind.STAFF, "someone", "某人", "A", ("CITY", "A"), frozenset(roles), "CITY")


@pytest.mark.django_db
def test_public_may_do_nothing_and_the_system_everything() -> None:
    with pytest.raises(NotAllowed, match="社会公众"):
        require(PUBLIC, "catalog.publish", None)
    require(SYSTEM, "anything.at_all", Thing(Owner("A")))


def test_clerk_acts_only_on_what_its_organisation_owns() -> None:
    assert may(actor("clerk"), "catalog.propose", Part(Thing(Owner("A"))))
    assert not may(actor("clerk"), "catalog.propose", Part(Thing(Owner("B"))))


@pytest.mark.parametrize("obj", [None, object(), Thing(Owner("")), Part(None)])
def test_object_of_nobody_is_refused_to_those_who_act_on_their_own(obj: object) -> None:
    nobody = Actor(ActorKind.STAFF, "someone", "某人", roles=frozenset({"clerk"}))
    assert not may(nobody, "catalog.propose", obj)
    assert not may(actor("clerk"), "catalog.propose", obj)


def test_data_officer_acts_on_everybodys_but_not_on_the_audit_log() -> None:
    assert may(actor("data_officer"), "opening.publish", Thing(Owner("B")))
    assert not may(actor("data_officer"), "audit.view", None)


def test_auditor_looks_and_does_not_touch() -> None:
    assert may(actor("auditor"), "catalog.view", Thing(Owner("B")))
    assert not may(actor("auditor"), "catalog.publish", Thing(Owner("B")))


def test_roles_add_up() -> None:
    assert may(actor("clerk", "data_officer"), "catalog.publish", Thing(Owner("B")))


@pytest.mark.django_db
@pytest.mark.parametrize("is_public", [True, False])
def test_refusal_names_the_object_only_when_everybody_may_know_its_name(is_public: bool) -> None:
    @dataclass
    class Named(Thing):
        has_public_name: bool

        def __str__(self) -> str:
            return "某人的名字"

    with pytest.raises(NotAllowed) as refused:
        require(actor("clerk"), "catalog.publish", Named(Owner("B"), is_public))
    assert ("某人的名字" in refused.value.sentence) is is_public
