"""People: loading organisations, accounts, applications, and who acts."""

from pathlib import Path

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.people import keys, logins
from suixin.ground.people.actions import create_account, create_application, load_organisations
from suixin.ground.people.errors import BadOrganisationFile, TooManyFailures, WeakPassword
from suixin.ground.people.models import Application, Organisation, Post
from suixin.ground.people.queries import actor_of, application_secret
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock
from suixin.kit.actor import PUBLIC, ActorKind
from suixin.kit.errors import NotAllowed, NotFound

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"
CITY, FIRM = "11510900008701231C", "91510900MA0000015B"


@pytest.fixture(autouse=True)
def key_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suixin.ground.people.actions.master_key", lambda: b"k" * 16)
    monkeypatch.setattr("suixin.ground.people.queries.master_key", lambda: b"k" * 16)


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
    create_account("li", PASSWORD, organisation=ours, roles=("clerk", "auditor"))
    account = create_account("li", PASSWORD, organisation=theirs, roles=("clerk",))
    assert [(post.organisation, post.role) for post in account.posts.all()] == [(theirs, "clerk")]


@pytest.mark.parametrize("password", ["short", "1234567890", "password123"])
def test_weak_password_is_refused_unless_that_is_said(password: str) -> None:
    with pytest.raises(WeakPassword, match="密码不合要求"):
        create_account("li", password)
    assert create_account("li", password, may_be_weak=True).check_password(password)


def test_account_that_failed_often_waits_until_the_window_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(logins.PER_ACCOUNT):
        logins.require_may_try("li", "10.0.0.1")
        logins.note_failure("LI", f"10.0.1.{number}")
    with pytest.raises(TooManyFailures, match="这个账号"):
        logins.require_may_try("li", "10.0.0.1")
    logins.require_may_try("wang", "10.0.0.1")
    later = clock.now() + logins.WINDOW
    monkeypatch.setattr(clock, "now", lambda: later)
    logins.require_may_try("li", "10.0.0.1")


def test_address_that_failed_with_many_accounts_waits() -> None:
    for number in range(logins.PER_ADDRESS):
        logins.note_failure(f"account{number}", "10.0.0.1")
    with pytest.raises(TooManyFailures, match="地址"):
        logins.require_may_try("wang", "10.0.0.1")
    logins.require_may_try("wang", "10.0.0.2")


def test_success_forgets_the_failures_of_the_account() -> None:
    for _ in range(logins.PER_ACCOUNT):
        logins.note_failure("li", "10.0.0.1")
    logins.note_success("li")
    logins.require_may_try("li", "10.0.0.1")


def test_account_without_post_has_no_role() -> None:
    assert actor_of(create_account("nobody", PASSWORD)).roles == frozenset()


def test_application_secret_is_sealed_and_given_back_only_while_active() -> None:
    application, secret = create_application(organisation(), "网关")
    assert secret.encode() not in bytes(application.secret_sealed)
    found, actor = application_secret(application.app_id)
    assert (found.decode(), actor.kind, actor.key) == (secret, ActorKind.APPLICATION, application.app_id)
    Application.objects.update(is_active=False)
    with pytest.raises(NotFound):
        application_secret(application.app_id)


def test_public_creates_nobody() -> None:
    with pytest.raises(NotAllowed):
        create_account("x", "y", actor=PUBLIC)


def test_master_key_is_made_once_and_private(tmp_path: Path, settings: object) -> None:
    class Home:
        home = tmp_path

    settings.SUIXIN = Home()  # type: ignore[attr-defined]  # pytest-django's settings take any name
    first = keys.master_key()
    assert (len(first), keys.master_key()) == (16, first)
    assert (tmp_path / "keys" / "master.key").stat().st_mode & 0o777 == 0o600
