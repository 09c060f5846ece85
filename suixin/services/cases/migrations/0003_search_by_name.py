"""An index by which cases are found by the name that lists show of who applied."""

from django.db import migrations, models

from suixin.ground import migrating


class Migration(migrations.Migration):

    atomic = False  # indexes are built beside writers

    dependencies = [
        ('cases', '0002_fees_prefilled_contacts'),
    ]

    operations = [
        migrating.AddIndex(
            model_name='application',
            index=models.Index(fields=['shown_name', '-id'], name='cases_application_name'),
        ),
    ]
