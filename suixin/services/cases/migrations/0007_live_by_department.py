"""An index of the cases that still go on, by department: the board counts them, and those with a light, without reading one."""

from django.db import migrations, models

from suixin.ground import migrating


class Migration(migrations.Migration):

    atomic = False  # indexes are built beside writers

    dependencies = [
        ('cases', '0006_live_cases'),
    ]

    operations = [
        migrating.AddIndex(
            model_name='case',
            index=models.Index(
                condition=models.Q(('state__in', ('signing', 'received', 'supplement', 'accepted', 'special', 'granted'))),
                fields=['organisation', 'state'], include=['handling'], name='cases_live_department',
            ),
        ),
    ]
