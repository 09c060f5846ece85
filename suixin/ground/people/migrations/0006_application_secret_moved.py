"""The secret of an application stands with its keys now."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0005_application_keys"),
    ]

    operations = [
        migrations.RemoveField(model_name="application", name="secret_sealed"),
    ]
