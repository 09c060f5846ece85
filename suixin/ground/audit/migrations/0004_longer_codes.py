"""Room for the codes of all errors. SQLite keeps texts of any length: there nothing is done, since it would write the whole table anew."""

from django.db import migrations, models


def widen(apps, schema_editor):
    """PostgreSQL notes the new length and touches no row."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE audit_record ALTER COLUMN code TYPE varchar(40)")


class Migration(migrations.Migration):

    dependencies = [
        ("audit", "0003_sealing"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(widen, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="record", name="code",
                    field=models.CharField(default="200", max_length=40, verbose_name="结果"),
                ),
            ],
        ),
    ]
