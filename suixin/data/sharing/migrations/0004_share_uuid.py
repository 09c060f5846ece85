import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("sharing", "0003_shares_named")]

    operations = [
        migrations.AlterField(
            model_name="share", name="uuid", field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
