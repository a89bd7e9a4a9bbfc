from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0005_edition_confirmations'),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='awaits_check',
            field=models.BooleanField(default=False, editable=False, verbose_name='waits for the check-list'),
        ),
    ]
