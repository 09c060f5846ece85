"""The column of plain telephone numbers, emptied by 0007, goes."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0007_mobile_sealed"),
    ]

    operations = [
        migrations.RemoveField(model_name="account", name="mobile_plain"),
    ]
