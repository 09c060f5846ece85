"""Indexes of migrations: built beside writers where the database can, the same when broken off and run again."""

from collections.abc import Iterator

import pytest
from django.db import connection, migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.test.utils import CaptureQueriesContext

from suixin.ground import migrating

pytestmark = pytest.mark.django_db(transaction=True)
IS_POSTGRES = connection.vendor == "postgresql"
INDEX = migrating.AddIndex("lamp", models.Index(fields=["-place"], name="migrating_lamp_place"))
FIELD = migrating.AddIndexedField("lamp", "kind", models.CharField(max_length=9, default="", db_index=True))


@pytest.fixture
def lamps() -> Iterator[ProjectState]:
    state = ProjectState()
    fields: dict[str, models.Field[object, object]] = {
        "id": models.BigAutoField(primary_key=True), "place": models.CharField(max_length=9),
    }
    state.add_model(ModelState("migrating", "Lamp", fields))
    with connection.schema_editor() as editor:
        editor.create_model(state.apps.get_model("migrating", "lamp"))
    state.apps.get_model("migrating", "lamp").objects.create(place="here")
    yield state
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE migrating_lamp")


def run(operation: Operation, state: ProjectState) -> tuple[ProjectState, list[str]]:
    """The state after the operation, and what was asked of the database for it."""
    after = state.clone()
    operation.state_forwards("migrating", after)
    with CaptureQueriesContext(connection) as asked, connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("migrating", editor, state, after)
    return after, [one["sql"] for one in asked.captured_queries if "CREATE INDEX" in one["sql"]]


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "migrating_lamp")
    return {name for name, one in found.items() if one["index"] and not one["primary_key"]}


@pytest.mark.parametrize(("operation", "plain", "count"), [
    (INDEX, migrations.AddIndex(INDEX.model_name, INDEX.index), 1),
    (FIELD, migrations.AddField("lamp", "kind", FIELD.field), 2 if IS_POSTGRES else 1),
])
def test_index_is_built_beside_writers_and_the_same_as_djangos(
    lamps: ProjectState, operation: Operation, plain: Operation, count: int,
) -> None:
    after, asked = run(operation, lamps)
    assert [("CONCURRENTLY" in one) for one in asked] == [IS_POSTGRES] * count
    built = indexes()
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("migrating", editor, after, lamps)
    assert indexes() == set()
    expected, _ = run(plain, lamps)
    assert (indexes(), expected == after) == (built, True)


@pytest.mark.parametrize("operation", [INDEX, FIELD])
def test_migration_that_was_broken_off_is_run_again(lamps: ProjectState, operation: Operation) -> None:
    _, first = run(operation, lamps)
    built = indexes()
    assert run(operation, lamps)[1] == []
    assert (indexes(), lamps.apps.get_model("migrating", "lamp").objects.count()) == (built, 1)
    assert first


@pytest.mark.skipif(not IS_POSTGRES, reason="other databases leave nothing of an index whose building was broken off")
def test_index_that_is_not_valid_is_built_anew(lamps: ProjectState) -> None:
    run(INDEX, lamps)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'migrating_lamp_place'::regclass")
        assert len(run(INDEX, lamps)[1]) == 1
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'migrating_lamp_place'::regclass")
        assert cursor.fetchone() == (True,)
