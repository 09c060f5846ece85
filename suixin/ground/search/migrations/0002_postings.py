"""An inverted index that only says where a token stands: two fields, no positions; documents and stamps carry numbers.

Everything is indexed anew at the next start, since the analysis is another one too.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE_FORGET = (
    "DROP TRIGGER IF EXISTS search_document_gone", "DROP TABLE IF EXISTS search_vocabulary", "DROP TABLE IF EXISTS search_index",
    "DELETE FROM search_stamp",
)
SQLITE = (
    # unassigned characters belong to tokens too: Python may know more of them than this SQLite
    """CREATE VIRTUAL TABLE search_index USING fts5(
        title, other, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co Cn'", detail = column)""",
    "CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab('search_index', 'row')",
    "CREATE TRIGGER search_document_gone AFTER DELETE ON search_document BEGIN DELETE FROM search_index WHERE rowid = old.id; END",
)
POSTGRESQL_FORGET = (
    "DELETE FROM search_stamp",
)
POSTGRESQL = (
    # no foreign key: it would forbid to empty the documents; what they leave behind goes by the triggers
    "CREATE TABLE search_terms (document_id bigint PRIMARY KEY, title tsvector NOT NULL, every tsvector NOT NULL)",
    # a short list of what is not sorted in yet: every question reads it
    "CREATE INDEX search_terms_title ON search_terms USING gin (title) WITH (gin_pending_list_limit = 256)",
    "CREATE INDEX search_terms_every ON search_terms USING gin (every) WITH (gin_pending_list_limit = 256)",
    """CREATE OR REPLACE FUNCTION search_document_gone() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN DELETE FROM search_terms;
            ELSE DELETE FROM search_terms WHERE document_id = OLD.id;
            END IF;
            RETURN NULL;
        END $$""",
    "CREATE TRIGGER search_document_gone AFTER DELETE ON search_document FOR EACH ROW EXECUTE FUNCTION search_document_gone()",
    "CREATE TRIGGER search_document_none AFTER TRUNCATE ON search_document FOR EACH STATEMENT EXECUTE FUNCTION search_document_gone()",
)


def forget(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """No index of the old layout, nothing indexed."""
    for sentence in SQLITE_FORGET if editor.connection.vendor == "sqlite" else POSTGRESQL_FORGET:
        editor.execute(sentence)


def make_index(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The inverted index of this database."""
    for sentence in SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL:
        editor.execute(sentence)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [
        migrations.RunPython(forget),
        migrations.DeleteModel("Document"),  # made anew, so that the long texts come last
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=32, verbose_name="种类")),
                ("key", models.CharField(max_length=200, verbose_name="标识")),
                ("change", models.BigIntegerField(default=0, verbose_name="变更序号")),
                ("mark", models.CharField(blank=True, max_length=32, verbose_name="标记")),
                ("title", models.CharField(max_length=300, verbose_name="名称")),
                ("url", models.CharField(blank=True, max_length=300, verbose_name="地址")),
                ("lineage", models.CharField(blank=True, max_length=400, verbose_name="机构路径")),
                ("department", models.CharField(blank=True, max_length=200, verbose_name="部门")),
                ("facets", models.TextField(blank=True, verbose_name="筛选项")),
                ("is_public", models.BooleanField(default=False, verbose_name="公开可见")),
                ("size", models.PositiveIntegerField(default=0, verbose_name="篇幅")),
                ("items", models.TextField(blank=True, verbose_name="信息项")),
                ("abstract", models.TextField(blank=True, verbose_name="摘要")),
                ("near", models.TextField(blank=True, verbose_name="近似形式")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "key"), name="search_document_once")],
                "indexes": [models.Index(fields=["kind", "change"], name="search_document_change")],
            },
        ),
        migrations.AddField("stamp", "number", models.BigIntegerField(default=0, verbose_name="变更序号")),
        migrations.AddField("stamp", "floor", models.BigIntegerField(default=0, verbose_name="删除序号")),
        migrations.RunPython(make_index),
    ]
