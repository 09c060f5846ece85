"""A program calls the rows door as the owner of a personal access token: same plan, no query per call, refused in words."""

from datetime import timedelta

import pytest

from suixin.data.access import stamps
from suixin.data.access.tests.factories import BUREAU, filled
from suixin.data.doors.tests.client import get
from suixin.ground.people import tokens
from suixin.ground.people.actions import create_account
from suixin.ground.people.credentials import PersonalToken, TokenScope
from suixin.ground.people.models import Account, Organisation
from suixin.kit import clock

pytestmark = pytest.mark.django_db
URL = "/api/v1/datasets/people_list/rows?page_size=1"


@pytest.fixture
def owner():
    """An officer of the bureau that provides the resource, which is open to nobody else."""
    filled(30)
    organisation, _ = Organisation.objects.get_or_create(uscc=BUREAU, defaults={"name": "市数据局", "slug": "data-bureau"})
    tokens.forget()
    stamps.forget()
    return create_account("li", "A-long-password", organisation=organisation, roles=("data_officer",))


def token_of(account, **values):
    return tokens.make_token(account, "脚本", scope=TokenScope.READ, days=values.pop("days", 30))[1]


def called(text):
    tokens.forget()
    return get(URL, headers={"Authorization": f"Bearer {text}"})


def test_it_works_with_the_plan_of_the_owner(owner):
    got = called(token_of(owner))
    assert (got.status, got.json["meta"]["total"]) == (200, 30)
    assert got.headers["Cache-Control"] == "private, no-cache"
    assert "Access-Control-Allow-Origin" not in got.headers
    assert get(URL).status == 403


def test_warm_call_asks_the_database_nothing(owner, django_assert_num_queries):
    text = token_of(owner)
    called(text)
    with django_assert_num_queries(0):
        held = tokens.held_by(f"Bearer {text}")
    assert held is not None
    assert held.actor.key == "li"


def refused(change):
    return pytest.param(change, id=change.__name__)


def unknown(text):
    return text[:-1] + ("A" if text[-1] != "A" else "B")


def nonsense(text):
    return "sxp_' OR 1=1"


def expired(text):
    PersonalToken.objects.update(expires_at=clock.now() - timedelta(days=1))
    return text


def revoked(text):
    PersonalToken.objects.update(revoked_at=clock.now())
    return text


def disabled(text):
    Account.objects.update(is_active=False)
    return text


@pytest.mark.parametrize("change", [refused(c) for c in (unknown, nonsense, expired, revoked, disabled)])
def test_token_that_does_not_hold_is_401_with_a_sentence(owner, change):
    got = called(change(token_of(owner)))
    assert (got.status, got.json["code"]) == (401, "api-4011")
    assert got.headers["WWW-Authenticate"].startswith("Bearer ")
    assert "令牌" in got.json["message"]


def test_token_is_kept_as_a_digest_and_says_when_it_was_used(owner):
    text = token_of(owner)
    called(text)
    row = PersonalToken.objects.get()
    assert text not in str(vars(row))
    assert row.used_at is not None


def test_colleague_without_the_right_is_refused_like_in_the_console(owner):
    place = Organisation.objects.create(uscc="11510900XX0000094T", name="民政局", slug="civil")
    got = called(token_of(create_account("wang", "A-long-password", organisation=place, roles=("clerk",))))
    assert got.status == 403
