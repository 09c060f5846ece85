"""The control database at the migrations that it has recorded, as plain models without anybody's code.

A dump is read and written through model states of Django's migrations, so that it fits the tables as they are, not
as this release would have them. Fields of our own (sealed text) become the plain field under them: their bytes are
copied as they are, unopened, and `auto_now` does not write over what was.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

Key = tuple[str, str]
_KEPT_OPTIONS = frozenset(
    {"primary_key", "max_length", "max_digits", "decimal_places", "null", "blank", "default", "db_column", "unique"}
)


def recorded(connection: BaseDatabaseWrapper) -> list[Key]:
    """The migrations that the database has had, sorted."""
    return sorted(MigrationLoader(connection).applied_migrations)


def unknown(connection: BaseDatabaseWrapper, keys: Iterable[Key]) -> list[Key]:
    """Those of `keys` that this release does not have."""
    nodes = MigrationLoader(connection).graph.nodes
    return [key for key in keys if key not in nodes]


def last_of_each(connection: BaseDatabaseWrapper, keys: Iterable[Key]) -> list[Key]:
    """Of the migrations those that no other of the same app builds on: targets that give exactly this state."""
    graph, wanted = MigrationLoader(connection).graph, set(keys)
    return sorted(
        key for key in wanted & set(graph.nodes)
        if not any(child.key in wanted and child.key[0] == key[0] for child in graph.node_map[key].children)
    )


def models_at(connection: BaseDatabaseWrapper, keys: Iterable[Key]) -> list[type[models.Model]]:
    """Plain models of every table at these migrations, tables between two models included, sorted by label."""
    loader = MigrationLoader(connection)
    state = loader.project_state(last_of_each(connection, keys))
    found = _plain(state).get_models(include_auto_created=True)
    tables = [model for model in found if model._meta.managed and not model._meta.proxy and not model._meta.swapped]
    return sorted(tables, key=lambda model: model._meta.label_lower)


def columns(model: type[models.Model]) -> Iterator["models.Field[Any, Any]"]:
    """The fields of the model that have a column, in order."""
    yield from model._meta.local_concrete_fields


def _plain(state: ProjectState) -> Apps:
    for model in state.models.values():
        model.managers = []
        model.bases = tuple(base if isinstance(base, str) else models.Model for base in model.bases)
        for name, field in model.fields.items():
            model.fields[name] = _plain_field(field)
    apps: Apps = state.apps
    return apps


def _plain_field(field: "models.Field[Any, Any]") -> "models.Field[Any, Any]":
    if isinstance(field, models.DateField | models.TimeField):
        field.auto_now = field.auto_now_add = False
    if field.__class__.__module__.startswith("django."):
        return field
    base = getattr(models, field.get_internal_type())
    options = {name: value for name, value in field.deconstruct()[3].items() if name in _KEPT_OPTIONS}
    made: models.Field[Any, Any] = base(**options)
    return made
