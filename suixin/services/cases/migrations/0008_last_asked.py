"""When the provider was last asked what became of a fee or a refund: whom a turn did not reach comes first in the next."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0007_live_by_department'),
    ]

    operations = [
        migrations.AddField(
            model_name='fee',
            name='looked_at',
            field=models.DateTimeField(null=True, verbose_name='最近查询时间'),
        ),
        migrations.AddField(
            model_name='payment',
            name='looked_at',
            field=models.DateTimeField(null=True, verbose_name='最近查询时间'),
        ),
    ]
