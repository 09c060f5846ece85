"""The vectors of PostgreSQL's index lie beside their rows: a question reads numbers, not vectors.

A row with its vectors filled most of a page, so that every hit was a page to read; without them twenty thousand are 1.5 MB.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

NARROW = (
    "ALTER TABLE search_terms SET (toast_tuple_target = 128)",
    "ALTER TABLE search_terms ALTER COLUMN title SET STORAGE EXTERNAL, ALTER COLUMN every SET STORAGE EXTERNAL",
    "CLUSTER search_terms USING search_terms_pkey",  # writes what is there anew
    "ALTER TABLE search_terms SET WITHOUT CLUSTER",
)
WIDE = (
    "ALTER TABLE search_terms RESET (toast_tuple_target)",
    "ALTER TABLE search_terms ALTER COLUMN title SET STORAGE EXTENDED, ALTER COLUMN every SET STORAGE EXTENDED",
)


def narrow(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Vectors beside their rows."""
    _run(NARROW, editor)


def wide(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Vectors of rows written from now on within their rows."""
    _run(WIDE, editor)


def _run(sentences: tuple[str, ...], editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        for sentence in sentences:
            editor.execute(sentence)


class Migration(migrations.Migration):
    dependencies = [("search", "0002_postings")]
    operations = [migrations.RunPython(narrow, wide)]
