"""Made-up residents of a demonstration: who they are, when they may sign in, and when not."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from suixin.ground.people.residents import signin, simulated
from suixin.ground.people.residents.errors import BadAgency, BadIdentityFile, IdentityNotProven, TooManySignIns
from suixin.ground.people.residents.models import Agency, Firm, Resident, ResidentSession, SignInAttempt
from suixin.ground.people.residents.queries import session_of
from suixin.ground.people.residents.rules import MADE_UP, FirmClaim
from suixin.ground.people.residents.tests import factories
from suixin.kit.checksums import is_resident_id, is_uscc

pytestmark = pytest.mark.django_db
PASSWORD = "demonstration-only"


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, simulated_identity=True, demo_password=PASSWORD))


def test_people_of_the_city_fit_every_form_and_nobody_has_such_a_number() -> None:
    people = simulated.declared()
    assert {one.account for one in people} == {"zhou", "feng", "sun", "ouyang"}
    for person in people:
        assert is_resident_id(person.identity.id_number)
        assert person.identity.id_number[14:17] == "000"  # numbers of a day are given out from 001 on
        assert all(is_uscc(firm.uscc) for firm in person.identity.firms)
    assert any("经办人" in one.title for one in people)


def test_nobody_signs_in_while_the_setting_is_off() -> None:
    assert simulated.people() == []
    with pytest.raises(IdentityNotProven):
        simulated.sign_in("zhou", simulated.password())
    assert not ResidentSession.objects.exists()
    assert not SignInAttempt.objects.exists()


@pytest.mark.usefixtures("on")
def test_right_password_opens_a_session_of_the_same_resident_and_a_wrong_one_none() -> None:
    for account, password in (("zhou", "wrong"), ("nobody", PASSWORD), ("", "")):
        with pytest.raises(IdentityNotProven, match="账号或密码不对"):
            simulated.sign_in(account, password)
    first, again = (simulated.sign_in("ouyang", PASSWORD) for _ in range(2))
    assert (first.session.resident, Resident.objects.count()) == (again.session.resident, 1)
    assert (first.session.provider, first.session.resident.agencies.get().kind) == ("simulated", "agent")


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize("is_stood_for", [True, False])
def test_firm_that_is_not_made_up_is_neither_renamed_nor_stood_for(is_stood_for: bool) -> None:
    uscc = simulated.declared()[2].identity.firms[0].uscc
    if is_stood_for:
        factories.resident("zhou", firms=(FirmClaim(uscc, "真实企业", is_legal_representative=True),))
    else:
        Firm.objects.create(uscc=uscc, name="真实企业")
    before = list(Agency.objects.values())
    with pytest.raises(BadAgency, match="不是模拟的企业"):
        simulated.sign_in("sun", PASSWORD)
    assert (Firm.objects.get().name, list(Agency.objects.values())) == ("真实企业", before)
    assert not Resident.objects.filter(issuer=MADE_UP).exists()


@pytest.mark.usefixtures("on")
def test_firm_that_was_made_up_is_not_stood_for_any_more_once_a_real_person_stands_for_it() -> None:
    firm = simulated.sign_in("sun", PASSWORD).session.resident.agencies.get().firm
    factories.resident("zhou", firms=(FirmClaim(firm.uscc, "真实企业", is_legal_representative=True),))
    with pytest.raises(BadAgency):
        simulated.sign_in("sun", PASSWORD)
    assert Firm.objects.get().name == "真实企业"


@pytest.mark.usefixtures("on")
def test_address_that_tries_too_often_waits() -> None:
    for _ in range(signin.PER_ADDRESS):
        with pytest.raises(IdentityNotProven):
            simulated.sign_in("zhou", "guess")
    with pytest.raises(TooManySignIns):
        simulated.sign_in("zhou", PASSWORD)


@pytest.mark.parametrize(("text", "told"), [
    ("account: zhou", "列表"), ("- {account: a}", "第 1 行"), ('- {account: a, name: 甲, id_number: "510903190101050007"}', "校验码"),
    ('- {account: a, name: 甲, id_number: "510903180101055035"}', "真人"),
    ('- {account: a, name: 甲, id_number: "510903190101050006", firm: {uscc: x}}', "firm"),
])
def test_wrong_declaration_is_told_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str) -> None:
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, identity=str(tmp_path)))
    assert simulated.declared() == []
    (tmp_path / "simulated.yaml").write_text(text, "utf-8")
    with pytest.raises(BadIdentityFile, match=told):
        simulated.declared()


def test_sessions_of_made_up_people_end_when_the_setting_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    on = replace(settings.SUIXIN, simulated_identity=True, demo_password=PASSWORD)
    monkeypatch.setattr(settings, "SUIXIN", on)
    token = simulated.sign_in("zhou", PASSWORD).token
    assert session_of(token) is not None
    monkeypatch.setattr(settings, "SUIXIN", replace(on, simulated_identity=False))
    assert session_of(token) is None
