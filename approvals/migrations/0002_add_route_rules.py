import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_add_handovers'),
        ('approvals', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='approval',
            name='total_yen',
            field=models.BigIntegerField(editable=False, null=True, verbose_name='total (yen)'),
        ),
        migrations.CreateModel(
            name='RouteRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('act', models.CharField(max_length=64, verbose_name='proposed act')),
                ('case_label', models.CharField(blank=True, help_text='Empty: of any type.', max_length=100, verbose_name='record type')),
                ('at_least', models.BigIntegerField(default=0, help_text="The sum of the approval's records; the amount itself counts.", verbose_name='from this amount on (yen)')),
                ('decider', models.CharField(choices=[('manager', 'manager'), ('director', 'director')], max_length=16, verbose_name='deciding role')),
                ('clause', models.CharField(blank=True, max_length=200, verbose_name='clause')),
                ('is_confirmed', models.BooleanField(default=False, verbose_name='confirmed')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
            ],
            options={
                'verbose_name': 'route rule',
                'verbose_name_plural': 'route rules',
                'default_permissions': ('view', 'add', 'change'),
                'constraints': [models.UniqueConstraint(fields=('act', 'case_label', 'at_least', 'valid_from'), name='approvals_routerule_once', violation_error_message='There is already a rule for this act, type, amount and first day. Change it.'), models.CheckConstraint(condition=models.Q(('at_least__gte', 0)), name='approvals_routerule_amount', violation_error_message='Write the amount without a minus sign, 0 or more.'), models.CheckConstraint(condition=models.Q(('decider__in', ('manager', 'director'))), name='approvals_routerule_decider'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='approvals_routerule_period', violation_error_message='The last day lies before the first. Correct one.')],
            },
        ),
        migrations.AddField(
            model_name='approval',
            name='rule',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.routerule', verbose_name='rule of the route'),
        ),
        migrations.CreateModel(
            name='RouteRuleStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(verbose_name='order')),
                ('kind', models.CharField(choices=[('review', 'review'), ('consult', 'consultation')], max_length=16, verbose_name='step')),
                ('role', models.CharField(blank=True, max_length=32, verbose_name='role')),
                ('post', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.post', verbose_name='post')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='approvals.routerule', verbose_name='route rule')),
            ],
            options={
                'verbose_name': 'step of a route rule',
                'verbose_name_plural': 'steps of a route rule',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('rule', 'order'), name='approvals_routerulestep_order'), models.CheckConstraint(condition=models.Q(('kind__in', ['review', 'consult'])), name='approvals_routerulestep_kind'), models.CheckConstraint(condition=models.Q(models.Q(('role', ''), ('post__isnull', False)), models.Q(models.Q(('role', ''), _negated=True), ('post', None)), _connector='OR'), name='approvals_routerulestep_role_or_post')],
            },
        ),
    ]
