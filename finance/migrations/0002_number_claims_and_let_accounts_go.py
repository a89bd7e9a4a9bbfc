from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_add_handovers'),
        ('finance', '0001_add_payments_and_ledger'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='bankaccount',
            name='finance_bankaccount_whole',
        ),
        migrations.AddField(
            model_name='bankaccount',
            name='arrived_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='arrived at'),
        ),
        migrations.AddField(
            model_name='bankaccount',
            name='receipt_number',
            field=models.CharField(editable=False, max_length=24, null=True, unique=True, verbose_name='receipt number'),
        ),
        migrations.AddField(
            model_name='payment',
            name='arrived_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='arrived at'),
        ),
        migrations.AddField(
            model_name='payment',
            name='receipt_number',
            field=models.CharField(editable=False, max_length=24, null=True, unique=True, verbose_name='receipt number'),
        ),
        migrations.AddConstraint(
            model_name='bankaccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account_type__in', ['1', '2', '4', '9']), ('bank_code__regex', '^[0-9]{4}$'), ('branch_code__regex', '^[0-9]{3}$'), ('kind', 'domestic'), ('number__regex', '^[0-9]{7}$')), models.Q(('bic__regex', '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$'), ('country__regex', '^[A-Z]{2}$'), ('kind', 'abroad')), models.Q(('bic', ''), ('holder', ''), ('number', ''), ('status__in', ['rejected', 'replaced'])), _connector='OR'), name='finance_bankaccount_whole'),
        ),
    ]
