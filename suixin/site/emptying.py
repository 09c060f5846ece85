"""What a test that commits leaves in the database, removed: only tables that hold rows are touched.

Django's own flush truncates every table there is, makes all content types and permissions anew and lets every application plant
its rows again: a third to two thirds of a second for each such test. Here rows are deleted where there are any, and what was
planted stays as long as nobody changed it.
"""

from django.apps import apps
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate

MIGRATED = {"django_content_type", "auth_permission", "django_migrations"}
_planted: dict[str, dict[str, list[tuple[object, ...]]]] = {}


def empty(alias: str = DEFAULT_DB_ALIAS) -> None:
    """The database as its migrations and what plants rows after them leave it."""
    connection = connections[alias]
    planted = _planted.get(alias)
    if planted is not None and all(_rows(connection, table) == rows for table, rows in planted.items()):
        _delete(connection, set(_holding(connection)) - set(planted))
        return
    _delete(connection, set(_holding(connection)))
    _plant(alias)
    _planted[alias] = {table: _rows(connection, table) for table in _holding(connection)}


def _plant(alias: str) -> None:
    for config in apps.get_app_configs():
        if any(key[1] == id(config) for key, *_ in post_migrate.receivers):
            post_migrate.send(
                sender=config, app_config=config, verbosity=0, interactive=False, using=alias, stdout=no_style, apps=apps, plan=[],
            )


def _delete(connection: BaseDatabaseWrapper, tables: set[str]) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 names of our own tables, quoted


def _rows(connection: BaseDatabaseWrapper, table: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608 likewise
        return list(cursor.fetchall())


def _holding(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables of our models that hold rows, found by one question."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})"  # noqa: S608 likewise
        for name in sorted(set(names) - MIGRATED)
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [row[0] for row in cursor.fetchall()]
