"""What was granted before there were requests: each share gets its name, and counts as provided when it was granted."""

import uuid

from django.db import migrations


def name_all(apps, schema_editor):
    Share = apps.get_model("sharing", "Share")
    for share in Share.objects.filter(uuid=None):
        share.uuid = uuid.uuid4()
        share.provided_at = share.granted_at
        share.save(update_fields=["uuid", "provided_at"])


class Migration(migrations.Migration):

    dependencies = [("sharing", "0002_requests")]

    operations = [
        migrations.RunPython(name_all, migrations.RunPython.noop),
    ]
