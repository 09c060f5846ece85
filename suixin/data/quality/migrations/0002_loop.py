
import uuid

import django.db.models.deletion
from django.db import migrations, models

import suixin.ground.security.fields


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0008_events'),
        ('lake', '0003_version_profiles'),
        ('people', '0009_token_for_the_catalogue'),
        ('quality', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='MonthlyReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.CharField(max_length=7, unique=True, verbose_name='月份')),
                ('figures', models.TextField(verbose_name='数据')),
                ('sm3', models.CharField(max_length=64, verbose_name='SM3')),
                ('made_at', models.DateTimeField(verbose_name='生成时间')),
                ('made_by', models.CharField(max_length=120, verbose_name='生成人')),
            ],
            options={
                'ordering': ('-month',),
            },
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sm3', models.CharField(max_length=64, verbose_name='更正表 SM3')),
                ('rows', models.JSONField(default=list, verbose_name='提交的行')),
                ('dropped', models.JSONField(default=list, verbose_name='不再提供的行')),
                ('bad', models.JSONField(default=list, verbose_name='仍不合格的行')),
                ('mended', models.PositiveIntegerField(default=0, verbose_name='已更正')),
                ('given_up', models.PositiveIntegerField(default=0, verbose_name='不再提供')),
                ('still_bad', models.PositiveIntegerField(default=0, verbose_name='仍不合格')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='不再提供的理由')),
                ('is_done', models.BooleanField(default=False, verbose_name='已处理')),
                ('by', models.CharField(max_length=120, verbose_name='提交人')),
                ('at', models.DateTimeField(verbose_name='提交时间')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='lake.batch', verbose_name='被更正的批次')),
                ('landed', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='correction', to='lake.batch', verbose_name='更正批次')),
            ],
            options={
                'ordering': ('pk',),
                'constraints': [models.UniqueConstraint(fields=('batch', 'sm3'), name='sheet_corrects_once')],
            },
        ),
        migrations.CreateModel(
            name='Doubt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('field', models.CharField(max_length=64, verbose_name='信息项')),
                ('digest', models.CharField(db_index=True, max_length=64, verbose_name='行标识')),
                ('sealed', suixin.ground.security.fields.SealedTextField(default='', purpose='forms', verbose_name='内容')),
                ('asker_kind', models.CharField(max_length=16, verbose_name='申请人类别')),
                ('asker_key', models.CharField(max_length=150, verbose_name='申请人标识')),
                ('asker_name', models.CharField(max_length=120, verbose_name='申请人')),
                ('order_number', models.CharField(db_index=True, max_length=24, verbose_name='工单编号')),
                ('state', models.CharField(choices=[('open', '校核中'), ('corrected', '已更正'), ('refuted', '核实无误')], db_index=True, default='open', max_length=16, verbose_name='状态')),
                ('answer', models.CharField(blank=True, max_length=1000, verbose_name='答复')),
                ('asked_at', models.DateTimeField(verbose_name='提出时间')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='答复时间')),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation', verbose_name='申请单位')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='doubts', to='catalog.resource', verbose_name='信息资源')),
            ],
            options={
                'ordering': ('-pk',),
                'indexes': [models.Index(fields=['asker_kind', 'asker_key', '-id'], name='doubt_of_asker')],
            },
        ),
    ]
