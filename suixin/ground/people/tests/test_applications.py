"""Keys of applications: made, rotated, revoked, refused, on record; secrets of older installations stay valid."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from suixin.ground.audit.models import Record
from suixin.ground.people import rules
from suixin.ground.people.applications import (
    NewKey,
    create_application,
    make_key,
    reseal_secrets,
    revoke_key,
    rotate_key,
)
from suixin.ground.people.errors import KeyRefused
from suixin.ground.people.models import Application, ApplicationKey, KeyKind
from suixin.ground.people.queries import application_secret, signing_keys
from suixin.ground.people.tests.factories import organisation
from suixin.ground.security.actions import move_key
from suixin.ground.security.keys import ring
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed, NotFound
from suixin.kit.keyring import KeyStateRefused, Kind
from suixin.kit.keyring.providers import read_master
from suixin.kit.sm import BadKey, sm2_keypair, sm4_seal
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.SUIXIN = replace(settings.SUIXIN, home=tmp_path)
    return tmp_path


@pytest.fixture
def application() -> Application:
    return create_application(organisation(), "网关", app_id="app-1", secret="first secret")[0]


def test_new_secret_for_an_application_revokes_the_one_before(application: Application) -> None:
    create_application(application.organisation, "网关", app_id="app-1", secret="second secret")
    assert application_secret("app-1")[0] == b"second secret"
    assert [key.revoked_at is None for key in application.keys.all()] == [True, False]


def test_department_gives_its_public_key_in_every_form(application: Application) -> None:
    public = sm2_keypair().public
    for text in (public.hex(), public.hex().upper(), f"{public.hex()[:60]}\n {public.hex()[60:]}"):
        key, secret = make_key(application, NewKey(KeyKind.SM2, text), actor=SYSTEM, reason="上线")
        assert (key.public, secret, bytes(key.secret_sealed)) == (public.hex(), "", b"")
    with pytest.raises(BadKey):
        make_key(application, NewKey(KeyKind.SM2, "00"), actor=SYSTEM, reason="上线")


def test_rotation_lets_both_sign_until_the_overlap_ends(application: Application) -> None:
    key = application.keys.get()
    fresh, secret = rotate_key(key, NewKey(), actor=SYSTEM, reason="每季", overlap_days=3)
    now = clock.now()
    assert {one.key_id for one in signing_keys("app-1")[1] if not one.ended_at(now.timestamp())} == {key.key_id, fresh.key_id}
    after = (now + timedelta(days=3, seconds=1)).timestamp()
    assert [one.secret.decode() for one in signing_keys("app-1")[1] if not one.ended_at(after)] == [secret]
    assert Record.objects.get(action="people.application_key_rotated").basis == "每季"


def test_ended_key_is_not_rotated_and_a_past_expiry_refused(application: Application) -> None:
    key = revoke_key(application.keys.get(), actor=SYSTEM, reason="泄露")
    with pytest.raises(KeyRefused, match="新建"):
        rotate_key(key, NewKey(), actor=SYSTEM, reason="x")
    with pytest.raises(KeyRefused, match="已过"):
        make_key(application, NewKey(expires_at=clock.now()), actor=SYSTEM, reason="x")
    with pytest.raises(NotFound, match="有效"):
        application_secret("app-1")


def test_revocation_needs_a_reason_and_happens_once(application: Application) -> None:
    key = application.keys.get()
    with pytest.raises(KeyRefused, match="理由"):
        revoke_key(key, actor=SYSTEM, reason=" ")
    for _ in range(2):
        revoke_key(key, actor=SYSTEM, reason="泄露")
    assert Record.objects.filter(action="people.application_key_revoked").count() == 1


def test_application_has_no_more_than_so_many_usable_keys(application: Application) -> None:
    for _ in range(rules.MAX_KEYS - 1):
        make_key(application, NewKey(), actor=SYSTEM, reason="x")
    with pytest.raises(KeyRefused, match="先吊销"):
        make_key(application, NewKey(), actor=SYSTEM, reason="x")


def test_usable_key_is_found_behind_any_number_of_ended_ones(application: Application) -> None:
    for _ in range(15):
        revoke_key(make_key(application, NewKey(), actor=SYSTEM, reason="x")[0], actor=SYSTEM, reason="x")
    assert application_secret("app-1")[0] == b"first secret"


@pytest.mark.parametrize("actor", [cast.outsider, cast.clerk, cast.operator, cast.administrator, cast.public, cast.auditor])
def test_others_make_rotate_and_revoke_nothing(application: Application, actor) -> None:
    key = application.keys.get()
    for step in (
        lambda: make_key(application, NewKey(), actor=actor, reason="x"),
        lambda: rotate_key(key, NewKey(), actor=actor, reason="x"),
        lambda: revoke_key(key, actor=actor, reason="x"),
    ):
        with pytest.raises(NotAllowed):
            step()
    assert application.keys.usable(clock.now()).count() == 1


def test_secrets_of_older_installations_become_keys_and_stay_valid(home, bare_database: None) -> None:
    executor = MigrationExecutor(connection)
    old = executor.migrate([("people", "0004_residents")]).apps
    owner = old.get_model("people", "Organisation").objects.create(uscc="11510900008701231C", name="市数据局", slug="bureau")
    sealed = sm4_seal(read_master(home / "keys" / "master.key"), b"old secret", b"app-1")
    old.get_model("people", "Application").objects.create(app_id="app-1", organisation=owner, name="旧应用", secret_sealed=sealed)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("people"))
    assert application_secret("app-1")[0] == b"old secret"
    assert ApplicationKey.objects.get().created_at is not None


def test_secrets_are_resealed_after_a_rotation_once(application: Application) -> None:
    ring().rotate("application")
    assert (reseal_secrets(), reseal_secrets()) == (1, 0)
    assert bytes(application.keys.get().secret_sealed)[1:3] == b"\0\2"
    assert application_secret("app-1")[0] == b"first secret"


def test_key_is_not_retired_while_a_secret_lies_under_it(application: Application) -> None:
    ring().rotate("application")
    with pytest.raises(KeyStateRefused, match="1 行数据在用"):
        move_key("application", Kind.SEAL, 1, to="retired", actor=SYSTEM, reason="x")
    reseal_secrets()
    move_key("application", Kind.SEAL, 1, to="retired", actor=SYSTEM, reason="x")
    assert application_secret("app-1")[0] == b"first secret"


def test_application_of_another_organisation_is_not_taken_over_by_its_identifier() -> None:
    theirs, _ = create_application(organisation("甲局", number=21), "甲系统", app_id="theirs")
    mine = organisation("乙局", number=22)
    head = Actor(ActorKind.STAFF, "head", "负责人", mine.uscc, mine.path, frozenset({"head_of_sharing"}), mine.uscc)
    with pytest.raises(NotAllowed):
        create_application(mine, "乙系统", actor=head, app_id="theirs")
    theirs.refresh_from_db()
    assert theirs.name == "甲系统"
