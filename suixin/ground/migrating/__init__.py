"""Operations of migrations that keep nobody from writing: indexes are built beside writers where the database can.

Use       in a migration with `atomic = False`; on SQLite, or inside a transaction, each is one transaction, as Django's own are
Repeated  what stands already stays, so that a migration that was broken off is run again; an index whose building was broken off (it is
          not valid) is dropped and built anew
"""

from django.db import migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

_IS_VALID = "SELECT i.indisvalid FROM pg_index i WHERE i.indexrelid = to_regclass(%s)"


class AddIndex(migrations.AddIndex):
    """Django's, beside writers."""

    atomic = False

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState,
    ) -> None:
        """The index stands."""
        model = to_state.apps.get_model(app_label, self.model_name)
        if _is_beside(schema_editor):
            _build(schema_editor, self.index.name, str(self.index.create_sql(model, schema_editor, concurrently=True)))
        elif self.index.name not in _indexes(schema_editor, model):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState,
    ) -> None:
        """The index is gone."""
        if _is_beside(schema_editor):
            schema_editor.execute(_dropping(schema_editor, self.index.name))
        else:
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class AddIndexedField(migrations.AddField):
    """Django's, of a field with `db_index`: the column at once, its indexes beside writers."""

    atomic = False

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState,
    ) -> None:
        """The column and its indexes stand."""
        model = to_state.apps.get_model(app_label, self.model_name)
        field, before = model._meta.get_field(self.name), len(schema_editor.deferred_sql)
        with transaction.atomic(schema_editor.connection.alias):
            if not _has_column(schema_editor, model, field.column):
                super().database_forwards(app_label, schema_editor, from_state, to_state)
            indexes = schema_editor.deferred_sql[before:]
            del schema_editor.deferred_sql[before:]
            if schema_editor.connection.vendor != "postgresql":
                for statement in indexes:
                    schema_editor.execute(statement, None)
        if schema_editor.connection.vendor == "postgresql":
            how = "CREATE INDEX CONCURRENTLY" if _is_beside(schema_editor) else "CREATE INDEX"
            # not in the stubs: what Django defers when it adds a field
            for index in schema_editor._field_indexes_sql(model, field):  # type: ignore[attr-defined]
                _build(schema_editor, str(index.parts["name"]).strip('"'), str(index).replace("CREATE INDEX", how, 1))


def _is_beside(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    return schema_editor.connection.vendor == "postgresql" and not schema_editor.connection.in_atomic_block


def _build(schema_editor: BaseDatabaseSchemaEditor, name: str, statement: str) -> None:
    """The index of that name, valid; PostgreSQL's alone."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_IS_VALID, [schema_editor.quote_name(name)])
        found = cursor.fetchone()
    if found is not None and not found[0]:
        schema_editor.execute(_dropping(schema_editor, name))
    if found is None or not found[0]:
        schema_editor.execute(statement, None)


def _dropping(schema_editor: BaseDatabaseSchemaEditor, name: str) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}"


def _indexes(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]) -> frozenset[str]:
    with schema_editor.connection.cursor() as cursor:
        return frozenset(schema_editor.connection.introspection.get_constraints(cursor, model._meta.db_table))


def _has_column(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model], column: str) -> bool:
    with schema_editor.connection.cursor() as cursor:
        found = schema_editor.connection.introspection.get_table_description(cursor, model._meta.db_table)
    return column in {one.name for one in found}
