"""Documents, stamps, and the inverted index of the database at hand: FTS5, or a tsvector with GIN."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = (
    "CREATE VIRTUAL TABLE search_index USING fts5(title, item, abstract, near, tokenize = 'unicode61 remove_diacritics 0')",
    "CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab('search_index', 'row')",
    "CREATE TRIGGER search_document_gone AFTER DELETE ON search_document BEGIN DELETE FROM search_index WHERE rowid = old.id; END",
)
SQLITE_BACK = (
    "DROP TRIGGER IF EXISTS search_document_gone", "DROP TABLE IF EXISTS search_vocabulary", "DROP TABLE IF EXISTS search_index",
)
POSTGRESQL = (
    "ALTER TABLE search_document ADD COLUMN terms tsvector",
    "CREATE INDEX search_document_terms ON search_document USING gin (terms)",
)
POSTGRESQL_BACK = ("ALTER TABLE search_document DROP COLUMN IF EXISTS terms",)


def make_index(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The inverted index of this database."""
    for sentence in SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL:
        editor.execute(sentence)


def drop_index(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """No inverted index."""
    for sentence in SQLITE_BACK if editor.connection.vendor == "sqlite" else POSTGRESQL_BACK:
        editor.execute(sentence)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=32, verbose_name="种类")),
                ("key", models.CharField(max_length=200, verbose_name="标识")),
                ("title", models.CharField(max_length=300, verbose_name="名称")),
                ("url", models.CharField(blank=True, max_length=300, verbose_name="地址")),
                ("lineage", models.CharField(blank=True, max_length=400, verbose_name="机构路径")),
                ("department", models.CharField(blank=True, max_length=200, verbose_name="部门")),
                ("facets", models.TextField(blank=True, verbose_name="筛选项")),
                ("is_public", models.BooleanField(default=False, verbose_name="公开可见")),
                ("items", models.TextField(blank=True, verbose_name="信息项")),
                ("abstract", models.TextField(blank=True, verbose_name="摘要")),
                ("near", models.TextField(blank=True, verbose_name="近似形式")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("kind", "key"), name="search_document_once")]},
        ),
        migrations.CreateModel(
            name="Stamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=32, unique=True, verbose_name="种类")),
                ("value", models.CharField(max_length=32, verbose_name="标记")),
                ("analysis", models.CharField(blank=True, max_length=32, verbose_name="分析版本")),
            ],
            options={"verbose_name": "索引标记"},
        ),
        migrations.RunPython(make_index, drop_index),
    ]
