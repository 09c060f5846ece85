"""Sealed columns: what the database sees, what is found, what a rotation does to rows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test.utils import isolate_apps

from suixin.ground.security import keys, resealing
from suixin.ground.security.fields import BlindIndexField, SealedTextField
from suixin.kit.actor import PUBLIC, SYSTEM
from suixin.kit.errors import NotAllowed
from suixin.kit.keyring import Kind
from suixin.kit.keyring.ring import sealed_version
from suixin.kit.sm import BrokenSeal

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "11010519491231002X"


@pytest.fixture
def person(tmp_path: Path, settings: SimpleNamespace) -> Iterator[type[models.Model]]:
    settings.SUIXIN = replace(settings.SUIXIN, home=tmp_path)
    with isolate_apps("suixin.ground.people"):

        class Person(models.Model):
            number = SealedTextField("证件号码", purpose="tested")
            number_index = BlindIndexField(source="number")
            note = SealedTextField("备注", purpose="tested")

            class Meta:
                app_label = "people"

            def __str__(self) -> str:
                return str(self.pk)

        with connection.schema_editor() as editor:
            editor.create_model(Person)
        yield Person
        with connection.schema_editor() as editor:
            editor.delete_model(Person)


def at_rest(column: str = "number") -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM people_person ORDER BY id")
        return [bytes(row[0]) for row in cursor.fetchall()]


def test_text_comes_back_and_the_database_never_sees_it(person) -> None:
    made = person.objects.create(number=NUMBER, note="遂宁")
    again = person.objects.get(pk=made.pk)
    assert (again.number, again.note) == (NUMBER, "遂宁")
    assert NUMBER.encode() not in at_rest()[0]
    assert person.objects.values_list("number", flat=True)[0] == NUMBER
    assert person.objects.create().number == ""


def test_equal_texts_are_found_by_index_and_nothing_else_by_the_column(person) -> None:
    made = person.objects.create(number=NUMBER)
    person.objects.create(number="x")
    assert person.objects.get(number_index__text=f" {NUMBER.lower()} ") == made
    assert not person.objects.filter(number_index__text="other").exists()
    for lookup in ({"number": NUMBER}, {"number__contains": "1"}, {"number__in": [NUMBER]}, {"number__gt": "1"}):
        with pytest.raises(FieldError, match="BlindIndexField"):
            person.objects.filter(**lookup)
    assert person.objects.filter(number__isnull=False).count() == 2


def test_sealed_bytes_moved_to_another_column_open_no_more(person) -> None:
    person.objects.create(number=NUMBER, note="n")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_person SET note = number")
    with pytest.raises(BrokenSeal):
        list(person.objects.all())


def test_rows_are_found_through_a_rotation_and_rewritten_once(person, monkeypatch) -> None:
    monkeypatch.setattr(resealing, "BATCH", 2)
    for number in range(5):
        person.objects.create(number=f"{NUMBER}{number}", note="n" if number else "")
    keys.ring().rotate("tested")
    keys.ring().rotate("tested", Kind.INDEX)
    assert person.objects.filter(number_index__text=f"{NUMBER}3").count() == 1
    counts = [done.rows for done in resealing.reseal("tested", actor=SYSTEM, tables=[person])]
    assert counts == [5, 4]
    assert {bytes(raw)[1:3] for raw in at_rest()} == {b"\0\2"}
    assert person.objects.get(number_index=keys.ring().blind_index("tested", f"people.person.number\0{NUMBER}3")).note == "n"
    assert [done.rows for done in resealing.reseal("tested", actor=SYSTEM, tables=[person])] == [0, 0]


def test_old_version_can_be_destroyed_after_rows_are_rewritten(person) -> None:
    person.objects.create(number=NUMBER)
    keys.ring().rotate("tested")
    list(resealing.reseal("tested", actor=SYSTEM, tables=[person]))
    keys.ring().retire("tested", Kind.SEAL, 1)
    keys.ring().destroy("tested", Kind.SEAL, 1)
    assert person.objects.get().number == NUMBER


def test_row_that_somebody_writes_meanwhile_is_left_to_them(person, monkeypatch) -> None:
    made = person.objects.create(number=NUMBER)
    keys.ring().rotate("tested")

    def overtaken(held: bytes) -> int:
        person.objects.filter(pk=made.pk).update(number="theirs")
        return sealed_version(held)

    monkeypatch.setattr("suixin.ground.security.resealing.sealed_version", overtaken)
    assert [done.rows for done in resealing.reseal("tested", actor=SYSTEM, tables=[person])] == [0, 0]
    assert person.objects.get().number == "theirs"


def test_nobody_reseals_without_the_right(person) -> None:
    with pytest.raises(NotAllowed):
        list(resealing.reseal("tested", actor=PUBLIC, tables=[person]))


def test_fields_survive_a_migration(person) -> None:
    for name, argument in (("number", "purpose"), ("number_index", "source")):
        field = person._meta.get_field(name)
        _, path, words, named = field.deconstruct()
        assert path.startswith("suixin.ground.security.fields.")
        assert getattr(type(field)(*words, **named), argument) == named[argument]
