"""Which row of a brought workbook became which entry."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_lists")]
    operations = [
        migrations.CreateModel(
            name="BroughtRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workbook", models.CharField(max_length=36, verbose_name="导入")),
                ("row", models.PositiveIntegerField(verbose_name="行")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("resource", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.resource")),
            ],
            options={
                "verbose_name": "导入行",
                "constraints": [models.UniqueConstraint(fields=("workbook", "row"), name="brought_row_once")],
            },
        ),
    ]
