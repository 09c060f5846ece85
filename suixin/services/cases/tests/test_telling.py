"""Applicants told by mail and SMS of what happens to a case: by real providers, once, nothing personal, dead numbers listed."""

from datetime import timedelta
from pathlib import Path

import pytest

from suixin.ground.notify import delivering
from suixin.ground.notify.models import Delivery, State
from suixin.ground.notify.tests import servers
from suixin.ground.notify.tests.factories import MONDAY_NOON
from suixin.ground.people.residents import actions as residents
from suixin.ground.people.residents.tests.factories import NAMES
from suixin.kit import clock
from suixin.kit.errors import NotAllowed
from suixin.services.cases import contacting, queries, telling
from suixin.services.cases.contacting import Wishes
from suixin.services.cases.errors import UnfitApplicant, WrongStateOfCase
from suixin.services.cases.kept import CaseNotice, Contact
from suixin.services.cases.models import Application
from suixin.services.cases.tests.factories import accepted, decide, opened, town

pytestmark = pytest.mark.django_db(transaction=True)


def test_applicant_is_told_by_mail_and_sms_and_a_dead_number_is_listed_and_corrected(tmp_path: Path) -> None:
    mail, gateway = servers.mail(tmp_path), servers.gateway(tmp_path)
    with clock.frozen(MONDAY_NOON), servers.settings_for(mail=mail, sms=gateway), mail.running():
        place = town()
        contacting.set_contact(Wishes("zhou@city.example", refused=[telling.ACCEPTED.name]), actor=place.applicant)
        case = decide(opened(place), place.clerk, "supplement", data={"missing": ["章程"]})
        assert list(CaseNotice.objects.values_list("kind", "channel")) == [(telling.SUPPLEMENT.name, "sms")]  # mail is not confirmed yet
        token = contacting.token_for(place.person, "zhou@city.example")
        with pytest.raises(UnfitApplicant, match="链接"):
            contacting.confirm_mail(token + "x", actor=place.applicant)
        assert contacting.confirm_mail(token, actor=place.applicant).mail_confirmed_at is not None
        with gateway.running():
            delivering.deliver_due()
        told = gateway.taken[0]["body"]["text"]
        assert f"您的办件{case.number}要补正材料，请在2026-" in told
        quiet = decide(opened(place), place.clerk)
        assert not quiet.notices.exists()  # refused, and nothing that must be told
        denied = decide(quiet, place.clerk, "reject", reason="条件不符")
        assert sorted(denied.notices.values_list("channel", flat=True)) == ["mail", "sms"]
        delivering.deliver_due()  # the gateway is down: tried again, the mail is taken
        assert [one["subject"] for one in mail.taken] == ["请确认邮箱", "办件有决定"]
        assert NAMES["zhou"] not in str(mail.taken)
        assert "条件不符" not in str(mail.taken)
        dead = Delivery.objects.get(channel="sms", kind=telling.DECIDED.name)
        assert dead.state == State.RETRYING
    with clock.frozen(MONDAY_NOON + timedelta(days=4)), servers.settings_for(mail=mail, sms=gateway):
        Delivery.objects.filter(pk=dead.pk).update(state=State.GIVEN_UP, sentence="号码停机")
        assert [(found.number, row.pk) for found, row in telling.undelivered(queries.worklist(place.clerk))] == [(denied.number, dead.pk)]
        with pytest.raises(NotAllowed):
            telling.correct_mobile(denied, "13900000002", actor=place.supervisor, reason="电话核实")
        with pytest.raises(WrongStateOfCase, match="11 位"):
            telling.correct_mobile(denied, "139", actor=place.clerk, reason="电话核实")
        assert telling.correct_mobile(denied, "13900000002", actor=place.clerk, reason="电话核实") == 1
        assert telling.undelivered(queries.worklist(place.clerk)) == []
        with gateway.running():
            delivering.deliver_due()
        assert gateway.taken[-1]["body"]["to"] == "13900000002"


def test_who_acts_for_another_declines_nothing_for_that_one(tmp_path: Path) -> None:
    mail, gateway = servers.mail(tmp_path), servers.gateway(tmp_path)
    with clock.frozen(MONDAY_NOON), servers.settings_for(mail=mail, sms=gateway):
        place = town()
        contacting.set_contact(Wishes("zhou@city.example", wants_sms=False, refused=[telling.ACCEPTED.name]), actor=place.applicant)
        Contact.objects.update(mail_confirmed_at=clock.now())
        own = opened(place)
        Application.objects.filter(pk=own.application_id).update(is_by_agent=True)
        decide(own, place.clerk)
        assert sorted(own.notices.values_list("kind", "channel")) == [(telling.ACCEPTED.name, "mail"), (telling.ACCEPTED.name, "sms")]
        assert not accepted(place).notices.exists()


def test_contact_goes_with_the_account() -> None:
    place = town()
    contacting.set_contact(Wishes("zhou@city.example"), actor=place.applicant)
    assert contacting.forget_closed() == 0
    residents.close_account(place.person, actor=place.applicant)
    assert contacting.contact_of(place.person) is None


@pytest.mark.parametrize(("wishes", "told"), [
    (Wishes("no mailbox"), "邮箱地址不合规则"), (Wishes(refused=[telling.DECIDED.name]), "依法要告知"),
])
def test_contact_that_cannot_be_kept_is_refused(wishes: Wishes, told: str) -> None:
    with pytest.raises(UnfitApplicant, match=told):
        contacting.set_contact(wishes, actor=town().applicant)
