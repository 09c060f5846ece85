from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0008_mobile_plain_gone'),
    ]

    operations = [
        migrations.AlterField(
            model_name='personaltoken',
            name='scope',
            field=models.CharField(choices=[('read', '只读'), ('catalog', '读取，并登记和变更目录'), ('write', '读写')], default='read', max_length=8, verbose_name='权限'),
        ),
    ]
