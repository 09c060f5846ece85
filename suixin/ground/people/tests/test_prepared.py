"""Prepared questions give what their query sets give; insertions write what `save` writes."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection, models, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from suixin.ground import prepared
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.prepared import Prepared, given
from suixin.kit.checksums import uscc_check_char

POSTS = Prepared(lambda: Post.objects.in_force(given("day", models.DateField())).select_related("account", "organisation").defer(
    "organisation__name",
).filter(account__username=given("username", models.CharField())).order_by("pk"))
ROLES = Prepared(lambda: Post.objects.filter(
    account__username=given("username", models.CharField()),
).order_by("pk").values_list("role", "valid_to"))
pytestmark = pytest.mark.django_db


def _place(number: int) -> Organisation:
    stem = f"11510900{number:09d}"
    return Organisation(uscc=stem + uscc_check_char(stem), name=f"单位{number}", slug=f"place-{number}")


def _posts() -> list[Post]:
    place = _place(1)
    place.save()
    for name in ("one", "two"):
        account = Account.objects.create(username=name, display_name=name, mobile="13900000001")
        for role, end in (("clerk", None), ("reception", date(2026, 3, 1))):
            Post.objects.create(account=account, organisation=place, role=role, valid_to=end)
    return list(Post.objects.order_by("pk"))


def test_each_asking_brings_values_of_its_own() -> None:
    posts = _posts()
    assert POSTS.rows(username="one", day=date(2026, 2, 1)) == posts[:2]
    assert POSTS.rows(username="two", day=date(2026, 2, 1)) == posts[2:]
    assert POSTS.rows(username="two", day=date(2026, 3, 1)) == posts[2:3]
    assert POSTS.one(username="nobody", day=date(2026, 2, 1)) is None


def test_related_rows_and_sealed_columns_are_there_and_deferred_ones_are_asked_for() -> None:
    _posts()
    with CaptureQueriesContext(connection) as asked:
        found = POSTS.one(username="one", day=date(2026, 2, 1))
        assert found is not None
        assert (found.account.username, found.account.mobile, found.organisation.slug) == ("one", "13900000001", "place-1")
    assert len(asked) == 1
    assert found.organisation.get_deferred_fields() == {"name"}
    assert found.organisation.name == "单位1"


def test_columns_are_told_as_their_fields_read_them() -> None:
    _posts()
    assert ROLES.told(username="one") == [("clerk", None), ("reception", date(2026, 3, 1))]


def test_a_value_that_is_missing_is_a_fault_of_the_caller() -> None:
    with pytest.raises(KeyError):
        POSTS.rows(username="one")


def test_inserted_row_is_the_row_that_save_would_write() -> None:
    saved, inserted = _place(1), _place(2)
    saved.save()
    prepared.insert(inserted)
    read = {place.slug: place for place in Organisation.objects.all()}
    assert read["place-2"].pk == inserted.pk
    assert not inserted._state.adding
    alike = [field.attname for field in Organisation._meta.concrete_fields if field.name not in ("id", "uscc", "name", "slug", "lineage")]
    assert [getattr(read["place-1"], name) for name in alike] == [getattr(read["place-2"], name) for name in alike]


def test_update_changes_the_named_columns_where_the_row_is_as_expected() -> None:
    post = _posts()[0]
    post.role, post.valid_to = "review", date(2027, 1, 1)
    assert not prepared.update(post, ["role"], role="reception")
    assert prepared.update(post, ["role"], role="clerk")
    read = Post.objects.get(pk=post.pk)
    assert (read.role, read.valid_to) == ("review", None)


def test_inserted_values_are_sealed_and_digested_as_save_does_it() -> None:
    account = Account(username=f"sealed-{uuid4().hex[:8]}", display_name="甲", mobile="13900000002")
    prepared.insert(account)
    assert Account.objects.get(pk=account.pk).mobile == "13900000002"
    with connection.cursor() as cursor:
        cursor.execute("SELECT mobile FROM people_account WHERE id = %s", [account.pk])
        assert b"13900000002" not in bytes(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_locking_question_is_refused_outside_a_transaction_however_often_it_was_asked() -> None:
    locking = Prepared(lambda: Post.objects.filter(role=given("role", models.CharField())).select_for_update())
    with transaction.atomic():
        assert locking.rows(role="clerk") == []
    with pytest.raises(TransactionManagementError):
        locking.rows(role="clerk")


def test_inserted_row_may_not_name_a_row_that_was_never_saved() -> None:
    account = Account.objects.create(username="one", display_name="one")
    with pytest.raises(ValueError, match="unsaved related object"):
        prepared.insert(Post(account=account, organisation=_place(1), role="clerk"))


def test_rows_inserted_together_have_their_numbers_in_order() -> None:
    rows = [_place(number) for number in range(3)]
    prepared.insert_all(rows)
    assert [Organisation.objects.get(pk=row.pk).slug for row in rows] == ["place-0", "place-1", "place-2"]
    prepared.insert_all([])


def test_postgresql_keeps_the_statement_ready_and_a_rollback_does_no_harm() -> None:
    _posts()
    for turn in range(12):
        assert len(ROLES.told(username="one")) == 2
        with transaction.atomic():
            prepared.run("UPDATE people_account SET mobile = %s WHERE username = %s", [f"{turn}", "one"])
            transaction.set_rollback(turn == 5)
    if connection.vendor == "postgresql":
        kept = prepared.run("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%people_post%"])
        assert kept[0][0] >= 1
