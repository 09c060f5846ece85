"""An index by which cases are found by the name that lists show of who applied."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_fees_prefilled_contacts'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='application',
            index=models.Index(fields=['shown_name', '-id'], name='cases_application_name'),
        ),
    ]
