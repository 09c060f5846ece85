"""The database of the tests, made and emptied quickly.

Made     the migrations of a SQLite database run once for each state of the migrations; what they left is kept under the
         system's temporary folder and copied, so that one file of tests starts in two seconds instead of ten; so are the
         homes of tests that start processes of their own
Emptied  after a test that commits only tables that hold rows are touched
Bare     beside it, an empty one for a test of migrations: going back and forth with the tables of all modules takes minutes

Django's own flush truncates every table there is, makes all content types and permissions anew and lets every application plant
its rows again: a third to two thirds of a second for each such test. Here rows are deleted where there are any, and what was
planted stays as long as nobody changed it.
"""

import functools
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.apps import apps
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.creation import DatabaseCreation
from django.db.models.signals import post_migrate

MIGRATED = {"django_content_type", "auth_permission", "django_migrations"}
_planted: dict[str, dict[str, list[tuple[object, ...]]]] = {}


def copy_what_was_migrated() -> None:
    """Let Django's creation of a SQLite test database begin with what the same migrations left before, and keep it."""
    make: Callable[..., str] = DatabaseCreation._create_test_db  # type: ignore[attr-defined]  # Django's own
    create: Callable[..., str] = DatabaseCreation.create_test_db

    def begin(self: DatabaseCreation, *args: object, **options: object) -> str:
        name = make(self, *args, **options)
        if _kept().is_file() and not self.is_in_memory_db(name):
            shutil.copyfile(_kept(), name)
        return name

    def keep(self: DatabaseCreation, *args: object, **options: object) -> str:
        name = create(self, *args, **options)
        if not _kept().is_file() and not self.is_in_memory_db(name):
            _keep(Path(name))
        return name

    for name, better in (("_create_test_db", begin), ("create_test_db", keep)):
        setattr(DatabaseCreation, name, better)


@functools.cache
def _kept() -> Path:
    """Where the database of these migrations is kept: named by everything that they and what they plant are made of."""
    digest = hashlib.sha256(f"{django.__version__} {sqlite3.sqlite_version}".encode())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        for path in sorted(Path(config.path).glob("migrations/*.py")):
            digest.update(f"{config.name} {path.name}".encode() + path.read_bytes())
    folder = Path(tempfile.gettempdir()) / f"suixin-migrated-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{digest.hexdigest()[:32]}.sqlite"


def place_migrated(home: Path) -> Path:
    """The home, with a migrated control database: a copy of what is kept, made there first when nothing is."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = home / "suixin.sqlite"
    if not _kept().is_file():
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SUIXIN_")}
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "suixin.site.cli", "migrate", "--quiet"]
            subprocess.run(command, env={**clean, "SUIXIN_HOME": folder}, check=True, timeout=500)
            _keep(Path(folder) / target.name)
    shutil.copyfile(_kept(), target)
    target.chmod(0o600)
    return home


@contextmanager
def bare(folder: Path) -> Iterator[None]:
    """The default connection leads to an empty database of the same kind, gone afterwards: for migrations of a few modules only."""
    usual = connections[DEFAULT_DB_ALIAS]
    with _empty_beside(usual, folder) as name:
        there = usual.copy()
        there.settings_dict["NAME"] = name
        connections[DEFAULT_DB_ALIAS] = there
        try:
            yield
        finally:
            there.close()
            connections[DEFAULT_DB_ALIAS] = usual


@contextmanager
def _empty_beside(usual: BaseDatabaseWrapper, folder: Path) -> Iterator[str]:
    if usual.vendor == "sqlite":
        yield str(folder / "bare.sqlite")
        return
    name = f"{usual.settings_dict['NAME']}_bare"
    quoted = usual.ops.quote_name(name)
    with usual._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {quoted}")
    try:
        yield name
    finally:
        with usual._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted}")


def _keep(made: Path) -> None:
    part = _kept().with_suffix(f".{os.getpid()}")
    with sqlite3.connect(made) as source, sqlite3.connect(part) as target:
        source.backup(target)
    target.close()
    source.close()
    part.replace(_kept())


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
