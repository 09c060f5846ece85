"""The blind index of the names that stand sealed: page by page, each page in a transaction of its own, others work meanwhile.

A name whose seal cannot be opened (its key is lost) is told in the log and found by its number only. Repeated, it indexes the same.
"""

import logging

from django.db import migrations

BATCH = 500
logger = logging.getLogger(__name__)


def index_all(apps, schema_editor):
    """Every name that stands sealed, indexed."""
    rows, last = apps.get_model("cases", "Application").objects.order_by("pk"), 0
    while numbers := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        _index(rows.filter(pk__in=numbers), numbers)
        last = numbers[-1]


def _index(rows, numbers):
    field = rows.model._meta.get_field("name_index")
    page = []
    for number in numbers:
        try:
            page += rows.filter(pk=number).only("pk", "name")
        except Exception:
            logger.exception("the name of application %s could not be read, it is not found by it", number)
    for row in page:
        row.name_index = field.index(row.name)
    rows.model.objects.bulk_update(page, ["name_index"])


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("cases", "0004_found_by_whole_name"),
    ]

    operations = [
        migrations.RunPython(index_all, migrations.RunPython.noop),
    ]
