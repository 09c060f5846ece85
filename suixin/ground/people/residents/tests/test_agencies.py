"""Residents act for firms: as the provider says, or as the legal representative gave it and the agent accepted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.people.residents import actions, queries
from suixin.ground.people.residents.actions import AgencyTerms
from suixin.ground.people.residents.errors import BadAgency, TrustTooLow
from suixin.ground.people.residents.models import Agency, Resident, ResidentSession
from suixin.ground.people.residents.tests.factories import FIRM, NAMES, NUMBERS, resident, session
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import NotAllowed, NotFound, SuixinError
from tests import cast

pytestmark = pytest.mark.django_db


def terms(who: str = "ouyang", **changes: Any) -> AgencyTerms:
    plain = AgencyTerms(NAMES[who], NUMBERS[who], ["traces"], clock.today() + timedelta(days=30))
    return replace(plain, **changes)


@pytest.fixture
def boss() -> ResidentSession:
    """A legal representative, acting for the firm."""
    return session(resident("feng", firms=(FIRM,)), for_firm=True)


def given(boss: ResidentSession) -> Agency:
    return actions.give_agency(boss, terms(), actor=queries.actor_of_session(boss))


def accepted(boss: ResidentSession) -> tuple[Resident, Agency]:
    agent = resident("ouyang", level=3)
    return agent, actions.accept_agency(agent, given(boss).uuid, actor=queries.person_actor(agent))


def test_actor_for_a_firm_has_its_code_and_the_agent_s_role_only(boss: ResidentSession) -> None:
    actor = queries.actor_of_session(boss)
    assert (actor.kind, actor.organisation, actor.roles) == (ActorKind.RESIDENT, FIRM.uscc, frozenset({"firm_agent"}))
    assert queries.person_actor(boss.resident).roles == {"resident"}
    assert actor.name == "冯**"


def test_agency_takes_effect_when_the_agent_accepts(boss: ResidentSession) -> None:
    agent = resident("ouyang", level=3)
    agency = given(boss)
    assert list(queries.agencies_of(agent)) == []
    actions.accept_agency(agent, agency.uuid, actor=queries.person_actor(agent))
    assert [one.firm.uscc for one in queries.agencies_of(agent)] == [FIRM.uscc]
    assert {"residents.agency_given", "residents.agency_accepted"} <= set(Record.objects.values_list("action", flat=True))


@pytest.mark.parametrize("changes", [
    {"id_number": "51090318010105503X"}, {"id_number": "1"}, {"name": "  "}, {"scopes": []}, {"scopes": ["all"]},
    {"valid_to": clock.today() - timedelta(days=1)}, {"valid_to": clock.today() + timedelta(days=1200)},
    {"id_number": NUMBERS["feng"]},
])
def test_wrong_terms_are_refused_with_a_sentence(boss: ResidentSession, changes: dict[str, Any]) -> None:
    with pytest.raises(BadAgency):
        actions.give_agency(boss, terms(**changes), actor=queries.actor_of_session(boss))
    assert Agency.objects.filter(kind="agent").count() == 0


def test_second_agency_for_the_same_person_is_refused(boss: ResidentSession) -> None:
    given(boss)
    with pytest.raises(BadAgency, match="已经给过"):
        given(boss)


def test_someone_else_cannot_accept_nor_a_person_of_low_trust_nor_of_another_name(boss: ResidentSession) -> None:
    agency, other, low = given(boss), resident("zhou"), resident("ouyang", level=2)
    with pytest.raises(NotFound):
        actions.accept_agency(other, agency.uuid, actor=queries.person_actor(other))
    with pytest.raises(TrustTooLow):
        actions.accept_agency(low, agency.uuid, actor=queries.person_actor(low))
    low.level, low.name = 4, "别的名字"
    low.save()
    with pytest.raises(BadAgency, match="姓名"):
        actions.accept_agency(low, agency.uuid, actor=queries.person_actor(low))


def test_agent_may_not_give_agencies_on(boss: ResidentSession) -> None:
    agent, agency = accepted(boss)
    theirs = actions.act_for(session(agent), agency.uuid, actor=queries.person_actor(agent))
    with pytest.raises(NotFound, match="法定代表人"):
        actions.give_agency(theirs, terms("zhou"), actor=queries.actor_of_session(theirs))


def test_revoked_agency_ends_acting_at_once(boss: ResidentSession) -> None:
    agent, agency = accepted(boss)
    actions.act_for(session(agent, "token"), agency.uuid, actor=queries.person_actor(agent))
    assert (queries.session_of("token") or boss).acting_for == agency
    actions.revoke_agency(boss, agency.uuid, actor=queries.actor_of_session(boss))
    assert getattr(queries.session_of("token"), "acting_for", "gone") is None


def test_agency_ends_with_its_last_day(boss: ResidentSession) -> None:
    agent, _ = accepted(boss)
    with clock.frozen(clock.now() + timedelta(days=30)):
        assert queries.agencies_of(agent).exists()
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert not queries.agencies_of(agent).exists()


def test_firm_that_the_provider_no_longer_names_is_no_longer_stood_for(boss: ResidentSession) -> None:
    resident("feng")
    assert not queries.agencies_of(boss.resident).exists()
    resident("feng", firms=(FIRM,), level=2)
    assert not queries.agencies_of(boss.resident).exists()


def test_agent_may_lay_it_down_and_may_decline(boss: ResidentSession) -> None:
    agent, agency = accepted(boss)
    actions.give_up_agency(agent, agency.uuid, actor=queries.person_actor(agent))
    offered = given(boss)
    actions.give_up_agency(agent, offered.uuid, actor=queries.person_actor(agent))
    assert not Agency.objects.lasting().filter(kind="agent").exists()


DEEDS: list[Callable[[Resident, ResidentSession, UUID], object]] = [
    lambda own, s, uuid: actions.act_for(s, uuid, actor=queries.person_actor(own)),
    lambda own, s, uuid: actions.accept_agency(s.resident, uuid, actor=queries.person_actor(own)),
    lambda own, s, uuid: actions.give_up_agency(s.resident, uuid, actor=queries.person_actor(own)),
    lambda own, s, uuid: actions.revoke_agency(s, uuid, actor=queries.actor_of_session(session(own, "x"))),
    lambda own, s, uuid: actions.end_sessions(s.resident, actor=queries.person_actor(own)),
    lambda own, s, uuid: actions.close_account(s.resident, actor=queries.person_actor(own)),
    lambda own, s, uuid: actions.give_agency(s, terms(), actor=queries.person_actor(own)),
]


@pytest.mark.parametrize("deed", range(len(DEEDS)))
def test_nobody_acts_on_another_s_rows(boss: ResidentSession, deed: int) -> None:
    agency, stranger = given(boss), resident("zhou")
    before = Record.objects.count()
    with pytest.raises((NotFound, NotAllowed)):
        DEEDS[deed](stranger, boss, agency.uuid)
    boss.refresh_from_db()
    assert (Record.objects.count(), boss.resident.is_active, boss.ended_at) == (before, True, None)


@pytest.mark.parametrize("member", [cast.data_officer, cast.auditor, cast.operator, cast.administrator, cast.security_officer, cast.public])
def test_staff_have_no_right_over_residents(boss: ResidentSession, member: Actor) -> None:
    actor = replace(member, key=str(boss.resident.uuid))  # even with the resident's own key
    for deed in (
        lambda: actions.act_for(boss, None, actor=actor), lambda: actions.end_sessions(boss.resident, actor=actor),
        lambda: actions.close_account(boss.resident, actor=actor), lambda: actions.accept_agency(boss.resident, uuid4(), actor=actor),
        lambda: actions.give_agency(boss, terms(), actor=actor),
    ):
        with pytest.raises(SuixinError):
            deed()
    assert Resident.objects.get(pk=boss.resident.pk).is_active


def test_closed_account_keeps_nothing_of_the_person(boss: ResidentSession) -> None:
    agent, agency = accepted(boss)
    mine = session(agent, "token")
    actions.close_account(agent, actor=queries.person_actor(agent))
    closed = Resident.objects.get(pk=agent.pk)
    assert (closed.name, closed.id_number, closed.mobile, closed.is_active) == ("", "", "", False)
    assert closed.subject == f"closed:{agent.uuid}"
    agency.refresh_from_db()
    mine.refresh_from_db()
    assert (agency.agent_name, agency.agent_index, agency.revoked_at is not None) == ("", "", True)
    assert mine.ended_at is not None
    assert queries.session_of("token") is None
    assert resident("ouyang").pk != agent.pk


def test_sessions_end_by_idleness_and_by_age() -> None:
    mine = resident()
    session(mine, "token")
    assert queries.session_of("token") is not None
    with clock.frozen(clock.now() + queries.IDLE + timedelta(minutes=1)):
        assert queries.session_of("token") is None
    ResidentSession.objects.update(seen_at=clock.now() + timedelta(hours=8))
    with clock.frozen(clock.now() + timedelta(hours=8, minutes=1)):
        assert queries.session_of("token") is None


def test_no_table_of_residents_points_to_staff_nor_back() -> None:
    from django.apps import apps

    ours = {m for m in apps.get_models() if m.__module__.startswith("suixin.ground.people.residents")}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            ends = (model, field.related_model) if field.is_relation and isinstance(field.related_model, type) else ()
            if ends and not any(end.__module__.startswith("suixin.services.") for end in ends):  # where both sides meet
                assert (model in ours) == (field.related_model in ours), field


def test_unproven_number_sees_and_declines_no_offer(boss: ResidentSession) -> None:
    agency, impostor = given(boss), resident("ouyang", level=2)
    assert not Agency.objects.offered_to(impostor).exists()
    with pytest.raises(NotFound):
        actions.give_up_agency(impostor, agency.uuid, actor=queries.person_actor(impostor))


def test_agent_whose_level_fell_acts_for_nobody(boss: ResidentSession) -> None:
    agent, agency = accepted(boss)
    acting = actions.act_for(session(agent, "token"), agency.uuid, actor=queries.person_actor(agent))
    assert acting.acting_for == agency
    resident("ouyang", level=2)
    back = queries.session_of("token")
    assert back is not None
    assert back.acting_for is None
