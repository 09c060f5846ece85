"""Applications have several keys. The secret that each had becomes its first key, sealed as it was."""

import django.db.models.deletion
from django.db import migrations, models


def carry_secrets(apps, schema_editor):
    """What applications sign with today stays valid."""
    key = apps.get_model("people", "ApplicationKey")
    for row in apps.get_model("people", "Application").objects.order_by("pk").iterator():
        key.objects.create(
            application=row, key_id=f"k{row.pk}-1", kind="HMAC-SM3", secret_sealed=bytes(row.secret_sealed),
            created_at=row.created_at,
        )


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0004_residents"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApplicationKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key_id", models.CharField(max_length=40, unique=True, verbose_name="密钥编号")),
                ("kind", models.CharField(choices=[("HMAC-SM3", "共享密钥(HMAC-SM3)"), ("SM2", "公钥(SM2)")], default="HMAC-SM3", max_length=8, verbose_name="算法")),
                ("secret_sealed", models.BinaryField(default=b"", verbose_name="密钥密文")),
                ("public", models.CharField(blank=True, max_length=130, verbose_name="公钥")),
                ("created_at", models.DateTimeField(verbose_name="创建时间")),
                ("created_by", models.CharField(blank=True, max_length=60, verbose_name="创建人")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="到期时间")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="吊销时间")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="理由")),
                ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="最近使用")),
                ("application", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="people.application", verbose_name="应用")),
            ],
            options={
                "ordering": ("-id",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("kind", "SM2"), models.Q(("public", ""), _negated=True)), models.Q(("kind", "HMAC-SM3"), ("public", "")), _connector="OR"),
                        name="application_key_form",
                    )
                ],
            },
        ),
        migrations.RunPython(carry_secrets, migrations.RunPython.noop),
    ]
