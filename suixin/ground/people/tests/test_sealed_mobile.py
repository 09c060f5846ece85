"""Telephone numbers of staff: sealed in the database, readable in Python, carried over from plain text, resealed."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from suixin.ground.people.models import Account
from suixin.ground.security.actions import move_key, rotate_key
from suixin.ground.security.keys import ring
from suixin.ground.security.resealing import reseal
from suixin.kit.actor import SYSTEM
from suixin.kit.keyring import KeyStateRefused, Kind
from suixin.kit.keyring.ring import sealed_version

BEFORE = ("people", "0006_application_secret_moved")
NUMBER = "13800138000"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings) -> Path:
    settings.SUIXIN = replace(settings.SUIXIN, home=tmp_path)
    return tmp_path


def at_rest(username: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT mobile FROM people_account WHERE username = %s", [username])
        return bytes(cursor.fetchone()[0])


@pytest.mark.django_db
def test_database_never_sees_the_number() -> None:
    Account.objects.create(username="li", mobile=NUMBER)
    Account.objects.bulk_create([Account(username="wang", mobile=NUMBER), Account(username="none")])
    for username in ("li", "wang"):
        assert NUMBER.encode() not in at_rest(username)
        assert Account.objects.get(username=username).mobile == NUMBER
    assert (at_rest("none"), Account.objects.get(username="none").mobile) == (b"", "")


@pytest.mark.django_db
def test_resealing_after_a_rotation_covers_accounts_once() -> None:
    Account.objects.create(username="li", mobile=NUMBER)
    ring().rotate("account")
    assert [done.rows for done in reseal("account", actor=SYSTEM)] == [1]
    assert [done.rows for done in reseal("account", actor=SYSTEM)] == [0]
    assert (sealed_version(at_rest("li")), Account.objects.get().mobile) == (2, NUMBER)


@pytest.mark.django_db
def test_key_is_neither_retired_nor_destroyed_while_a_number_lies_under_it() -> None:
    Account.objects.create(username="li", mobile=NUMBER)
    rotate_key("account", actor=SYSTEM, reason="每年轮换")
    with pytest.raises(KeyStateRefused, match=r"1 行数据在用.*suixin keys reseal account"):
        move_key("account", Kind.SEAL, 1, to="retired", actor=SYSTEM, reason="x")
    ring().retire("account", Kind.SEAL, 1)  # as before this was looked at
    with pytest.raises(KeyStateRefused, match="1 行数据在用"):
        move_key("account", Kind.SEAL, 1, to="destroyed", actor=SYSTEM, reason="x")
    ring().bring_back("account", Kind.SEAL, 1)
    list(reseal("account", actor=SYSTEM))
    move_key("account", Kind.SEAL, 1, to="retired", actor=SYSTEM, reason="x")
    assert Account.objects.get().mobile == NUMBER


@pytest.mark.django_db
def test_plain_numbers_of_older_installations_are_sealed_and_can_go_back(bare_database: None) -> None:
    old = MigrationExecutor(connection).migrate([BEFORE]).apps.get_model("people", "Account")
    old.objects.bulk_create([old(username=f"u{n}", mobile=NUMBER if n % 2 else "") for n in range(1203)])
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("people"))
    assert [account.mobile for account in Account.objects.order_by("pk")] == [NUMBER if n % 2 else "" for n in range(1203)]
    assert NUMBER.encode() not in at_rest("u1")
    MigrationExecutor(connection).migrate([BEFORE])
    assert old.objects.filter(mobile=NUMBER).count() == 601
