"""Applicants are found by their whole name: a place for its blind index."""

from django.db import migrations

import suixin.ground.security.fields
from suixin.ground import migrating


class Migration(migrations.Migration):

    atomic = False  # indexes are built beside writers

    dependencies = [
        ("cases", "0003_search_by_name"),
    ]

    operations = [
        migrating.AddIndexedField(
            model_name="application", name="name_index",
            field=suixin.ground.security.fields.BlindIndexField(source="name", verbose_name="申请人姓名盲索引"),
        ),
    ]
