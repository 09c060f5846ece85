"""Tables: foreign keys point down, migrations are linear and complete."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, AddIndex

from suixin.ground import migrating

STOREYS = ["kit", "ground", "data", "services", "domains", "cities", "site"]
ROOMS = {
    "ground": ["events", "files", "audit", "security", "jobs", "standards", "places", "people", "forms", "flow"],
    "data": ["catalog", "lake", "access", "quality", "collection", "refining", "doors", "opening", "insight"],
}
BESIDE = {"notify": "forms", "search": "forms", "sharing": "opening", "bureau": "domains"}  # stands on the same height as


def _height(module: str) -> tuple[int, int]:
    _, storey, name, *_ = module.split(".")
    rooms = ROOMS.get(storey, [])
    name = BESIDE.get(name, name)
    return STOREYS.index(BESIDE.get(storey, storey)), rooms.index(name) if name in rooms else 0


def _own_models():
    return [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("suixin.")]


def test_every_foreign_key_points_down():
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in _own_models() for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model.__module__.startswith("suixin.")
        and _height(field.related_model.__module__) > _height(model.__module__)
    ]
    assert upward == []


@pytest.mark.django_db
def test_migrations_are_complete():
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes detected" in out.getvalue()


@pytest.mark.django_db
def test_migrations_are_linear():
    loader = MigrationLoader(connection)
    own = {app.label for app in apps.get_app_configs() if app.name.startswith("suixin.")}
    assert {label: loader.graph.leaf_nodes(label) for label in own if len(loader.graph.leaf_nodes(label)) > 1} == {}


LARGE = {"application", "case", "instance", "record", "step", "transition"}  # millions of rows
LOCKED = {
    "audit.0002_origin", "audit.0003_sealing",  # no record may be written before it can be sealed: the lock is wanted
}


@pytest.mark.django_db
def test_indexes_of_large_tables_are_built_beside_writers():
    loader = MigrationLoader(connection)
    wrong = [
        f"{migration} {operation.describe()}" for (label, name), migration in sorted(loader.disk_migrations.items())
        if type(migration).__module__.startswith("suixin.") and name != "0001_initial" and f"{label}.{name}" not in LOCKED
        for operation in migration.operations if _builds_index(operation)
        and not (isinstance(operation, migrating.AddIndex | migrating.AddIndexedField) and not migration.atomic)
    ]
    assert wrong == []


def _builds_index(operation) -> bool:
    is_large = getattr(operation, "model_name", "").lower() in LARGE
    has_index = isinstance(operation, AddIndex) or (isinstance(operation, AddField) and getattr(operation.field, "db_index", False))
    return is_large and has_index
