"""An index of the cases that still go on, newest first: lists of these do not read past what is over."""

from django.db import migrations, models

from suixin.ground import migrating


class Migration(migrations.Migration):

    atomic = False  # indexes are built beside writers

    dependencies = [
        ('cases', '0005_whole_names_indexed'),
    ]

    operations = [
        migrating.AddIndex(
            model_name='case',
            index=models.Index(
                condition=models.Q(('state__in', ('signing', 'received', 'supplement', 'accepted', 'special', 'granted'))),
                fields=['-id'], name='cases_live',
            ),
        ),
    ]
