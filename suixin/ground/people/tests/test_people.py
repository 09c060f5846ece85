"""People: loading organisations, accounts, applications, and who acts."""

from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.db.models import Q

from suixin.ground.audit.models import Record
from suixin.ground.people.actions import create_account, load_organisations
from suixin.ground.people.applications import create_application
from suixin.ground.people.errors import BadOrganisationFile, WeakPassword
from suixin.ground.people.models import Application, Organisation, Post, Role
from suixin.ground.people.queries import actor_of, application_secret, either, posts_in_force
from suixin.ground.people.tests.factories import organisation
from suixin.ground.security.rules import ROLE_VERBS
from suixin.kit.actor import PUBLIC, ActorKind
from suixin.kit.errors import NotAllowed, NotFound

pytestmark = pytest.mark.django_db
PASSWORD = "A-long-password"
CITY, FIRM = "11510900008701231C", "91510900MA0000015B"


def test_list_of_organisations_loads_twice_without_doubling(tmp_path: Path) -> None:
    path = tmp_path / "organisations.yaml"
    path.write_text(f"- {{uscc: {CITY}, name: 遂宁市数据局}}\n- {{uscc: {FIRM}, name: 某公司, parent: {CITY}}}\n", "utf-8")
    assert (load_organisations(path), load_organisations(path)) == (2, 2)
    assert Organisation.objects.get(uscc=FIRM).path == (CITY, FIRM)
    assert Organisation.objects.count() == 2
    assert Record.objects.filter(action="people.organisations_loaded").count() == 2


@pytest.mark.parametrize(
    "text",
    [
        "a: 1",
        "- x",
        "- {uscc: 91510900MA0000015A, name: a}",
        f"- {{uscc: {FIRM}}}",
        f"- {{uscc: {FIRM}, name: a, nom: b}}",
        f"- {{uscc: {FIRM}, name: a, parent: nobody}}",
    ],
)
def test_bad_list_is_refused_whole(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadOrganisationFile):
        load_organisations(path)
    assert not Organisation.objects.exists()


def test_account_acts_for_its_organisation_with_the_roles_held_there() -> None:
    ours, theirs = organisation("甲局", number=1), organisation("乙局", number=2)
    account = create_account("li", PASSWORD, display_name="李四", organisation=ours, roles=("clerk",))
    Post.objects.create(account=account, organisation=theirs, role="auditor")
    assert account.password.startswith(("argon2", "md5"))
    actor = actor_of(account)
    assert (actor.kind, actor.name, actor.organisation) == (ActorKind.STAFF, "李四", ours.uscc)
    assert actor.roles == {"clerk"}
    assert actor_of(account, theirs).roles == {"auditor"}


def test_account_is_brought_to_exactly_the_posts_that_are_named() -> None:
    ours, theirs = organisation("甲局", number=1), organisation("乙局", number=2)
    create_account("li", PASSWORD, organisation=ours, roles=("clerk", "head_of_sharing"))
    account = create_account("li", PASSWORD, organisation=theirs, roles=("clerk",))
    assert [(post.organisation, post.role) for post in posts_in_force(account)] == [(theirs, "clerk")]
    assert account.posts.count() == 3  # those that ended stay on record


def test_hash_made_before_serves_many_accounts() -> None:
    hashed = make_password(PASSWORD)
    made = [create_account(name, PASSWORD, hashed=hashed) for name in ("li", "wang", "li")]
    assert {one.password for one in made} == {hashed}
    assert made[1].check_password(PASSWORD)
    with pytest.raises(WeakPassword):
        create_account("zhao", "short", hashed=make_password("short"))


def test_rows_of_everywhere_stay_all_when_another_condition_is_joined() -> None:
    assert either(Q(), Q(slug="x")) == either(Q(slug="x"), Q()) == Q()
    assert either(Q(slug="x"), Q(slug="y")) == Q(slug="x") | Q(slug="y")


@pytest.mark.parametrize("password", ["short", "1234567890", "password123"])
def test_weak_password_is_refused_unless_that_is_said(password: str) -> None:
    with pytest.raises(WeakPassword, match="密码不合要求"):
        create_account("li", password)
    assert create_account("li", password, may_be_weak=True).check_password(password)


def test_every_role_of_a_post_stands_in_the_table_of_rights() -> None:
    assert set(Role.values) == set(ROLE_VERBS) - {"system", "resident", "firm_agent"}


def test_account_without_post_has_no_role() -> None:
    assert actor_of(create_account("nobody", PASSWORD)).roles == frozenset()


def test_application_secret_is_sealed_and_given_back_only_while_active() -> None:
    application, secret = create_application(organisation(), "网关")
    assert secret.encode() not in bytes(application.keys.get().secret_sealed)
    found, actor = application_secret(application.app_id)
    assert (found.decode(), actor.kind, actor.key) == (secret, ActorKind.APPLICATION, application.app_id)
    Application.objects.update(is_active=False)
    with pytest.raises(NotFound):
        application_secret(application.app_id)


def test_public_creates_nobody() -> None:
    with pytest.raises(NotAllowed):
        create_account("x", "y", actor=PUBLIC)
