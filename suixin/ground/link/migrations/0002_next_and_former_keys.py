from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("link", "0001_link")]

    operations = [
        migrations.AddField("peer", "next_keys", models.JSONField(blank=True, default=dict, verbose_name="新公钥")),
        migrations.AddField("peer", "former_keys", models.JSONField(blank=True, default=list, verbose_name="原签名公钥")),
    ]
