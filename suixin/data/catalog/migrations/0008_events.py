"""The change feed of entries, begun with what became of each entry so far, and answers kept by idempotency key."""

import django.db.models.deletion
from django.db import migrations, models


def begin_feed(apps, schema_editor):
    """One event for every version that was in force, one for every entry that is withdrawn, in the order of their time."""
    Resource, EntryEvent = apps.get_model("catalog", "Resource"), apps.get_model("catalog", "EntryEvent")
    Generation = apps.get_model("catalog", "Generation")
    found = []
    for entry in Resource.objects.exclude(publish_date=None).prefetch_related("versions").iterator(chunk_size=500):
        versions = sorted(entry.versions.all(), key=lambda one: one.number)
        began = entry.approved_at or entry.created_at
        said = [(one.published_at, one.number, one.digest) for one in versions] or [(began, entry.version, "")]
        found += [(at, entry.pk, "changed" if place else "published", number, digest)
                  for place, (at, number, digest) in enumerate(said)]
        if entry.state == "withdrawn":
            found.append((max(entry.updated_at, said[-1][0]), entry.pk, "withdrawn", said[-1][1], said[-1][2]))
    if not found:
        return
    found.sort(key=lambda one: one[:2])
    row, _ = Generation.objects.get_or_create(pk=1)
    EntryEvent.objects.bulk_create([
        EntryEvent(number=row.n + place, at=at, resource_id=pk, kind=kind, version=number, digest=digest)
        for place, (at, pk, kind, number, digest) in enumerate(found, 1)
    ], batch_size=500)
    Generation.objects.filter(pk=1).update(n=row.n + len(found))


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0007_brought_rows'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnsweredCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by', models.CharField(max_length=200, verbose_name='调用者')),
                ('key', models.CharField(max_length=160, verbose_name='幂等键')),
                ('request', models.CharField(max_length=64, verbose_name='请求 SM3')),
                ('status', models.PositiveSmallIntegerField(default=0, verbose_name='回答')),
                ('headers', models.JSONField(default=dict, verbose_name='回答头')),
                ('body', models.JSONField(default=dict, verbose_name='回答内容')),
                ('at', models.DateTimeField(db_index=True, verbose_name='时间')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('by', 'key'), name='answered_once')],
            },
        ),
        migrations.CreateModel(
            name='EntryEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField(unique=True, verbose_name='序号')),
                ('kind', models.CharField(choices=[('published', '发布'), ('changed', '变更'), ('withdrawn', '撤销'), ('superseded', '被取代')], max_length=16, verbose_name='类别')),
                ('version', models.PositiveIntegerField(verbose_name='版本')),
                ('digest', models.CharField(max_length=64, verbose_name='内容 SM3')),
                ('successor', models.CharField(blank=True, max_length=120, verbose_name='取代它的数据表')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='catalog.resource')),
            ],
            options={
                'ordering': ('number',),
            },
        ),
        migrations.RunPython(begin_feed, migrations.RunPython.noop),
    ]
