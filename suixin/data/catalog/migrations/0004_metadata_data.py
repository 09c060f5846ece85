"""What stood before: each entry's code becomes its primary classification, a withheld entry's condition its basis."""

import re

from django.db import migrations


def carry_over(apps, schema_editor):
    Resource, Classification = apps.get_model("catalog", "Resource"), apps.get_model("catalog", "Classification")
    Classification.objects.bulk_create(
        (Classification(resource_id=pk, category=category, code=code, is_primary=True)
         for pk, category, code in Resource.objects.values_list("pk", "category", "code")), batch_size=500,
    )
    for entry in Resource.objects.filter(share_type="withheld", basis_document="").exclude(share_condition=""):
        article = re.search(r"第[零〇一二三四五六七八九十百千0-9]+条", entry.share_condition)
        number = re.search(r"国务院令第?[零〇一二三四五六七八九十百千0-9]+号|国发〔\d{4}〕\d+号", entry.share_condition)
        entry.basis_document = entry.withhold_reason = entry.share_condition
        entry.basis_article, entry.basis_number = article[0] if article else "", number[0] if number else ""
        entry.save(update_fields=["basis_document", "basis_article", "basis_number", "withhold_reason"])


class Migration(migrations.Migration):

    dependencies = [("catalog", "0003_metadata")]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
