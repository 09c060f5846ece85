"""Applicants are found by their whole name: its blind index, for what is there too."""

from django.db import migrations

import suixin.ground.security.fields

BATCH = 500


def index_all(apps, schema_editor):
    """Every name that stands sealed, indexed."""
    application = apps.get_model("cases", "Application")
    rows, last = application.objects.order_by("pk").only("pk", "name"), 0
    while page := list(rows.filter(pk__gt=last)[:BATCH]):
        field = application._meta.get_field("name_index")
        for row in page:
            row.name_index = field.index(row.name)
        application.objects.bulk_update(page, ["name_index"])
        last = page[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0003_search_by_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="application", name="name_index",
            field=suixin.ground.security.fields.BlindIndexField(source="name", verbose_name="申请人姓名盲索引"),
        ),
        migrations.RunPython(index_all, migrations.RunPython.noop),
    ]
