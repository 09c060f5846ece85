"""Telephone numbers of staff are sealed. What stood there in plain text is overwritten before its column goes."""

from django.db import migrations, models

import suixin.ground.security.fields

BATCH = 500


def seal_all(apps, schema_editor):
    """Every number sealed under the key `account`; SQLite is told to overwrite what it frees."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("PRAGMA secure_delete = ON")
    account = apps.get_model("people", "Account")
    rows = []
    for row in account.objects.exclude(mobile_plain="").only("pk", "mobile_plain").iterator(BATCH):
        row.mobile, row.mobile_plain = row.mobile_plain, ""
        rows.append(row)
    account.objects.bulk_update(rows, ["mobile", "mobile_plain"], batch_size=BATCH)


def open_all(apps, schema_editor):
    """Back to plain text."""
    for row in apps.get_model("people", "Account").objects.iterator(BATCH):
        row.mobile_plain = row.mobile
        row.save(update_fields=["mobile_plain"])


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0006_application_secret_moved"),
    ]

    operations = [
        migrations.RenameField(model_name="account", old_name="mobile", new_name="mobile_plain"),
        migrations.AddField(
            model_name="account", name="mobile",
            field=suixin.ground.security.fields.SealedTextField(blank=True, default="", purpose="account", verbose_name="手机"),
        ),
        migrations.AlterField(model_name="account", name="mobile_plain", field=models.CharField(blank=True, default="", max_length=20)),
        migrations.RunPython(seal_all, open_all),
    ]
