"""An index of the runs with a light: who counts them reads none, and joins them to what they are about by their numbers."""

from django.db import migrations, models

from suixin.ground import migrating


class Migration(migrations.Migration):

    atomic = False  # indexes are built beside writers

    dependencies = [
        ('flow', '0007_silent_trials'),
    ]

    operations = [
        migrating.AddIndex(
            model_name='instance',
            index=models.Index(
                condition=models.Q(('colour__in', ('amber', 'red')), ('status__in', ('running', 'suspended', 'supplement'))),
                fields=['id'], include=['colour', 'statutory_due_at'], name='flow_inst_lit',
            ),
        ),
    ]
