"""Plan, editions, rules, forms and calls."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Area",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "code",
                    models.SlugField(max_length=30, unique=True, verbose_name="code"),
                ),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        unique=True, verbose_name="number"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("priority", "priority area"),
                            ("foundation", "common foundation"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="English name"
                    ),
                ),
            ],
            options={
                "verbose_name": "area",
                "verbose_name_plural": "areas",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="Form",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "code",
                    models.SlugField(max_length=60, unique=True, verbose_name="code"),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
            ],
            options={
                "verbose_name": "form",
                "verbose_name_plural": "forms",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        unique=True,
                        verbose_name="ID",
                    ),
                ),
                (
                    "fiscal_year",
                    models.PositiveSmallIntegerField(verbose_name="fiscal year"),
                ),
                (
                    "name",
                    models.CharField(max_length=200, verbose_name="official name"),
                ),
                (
                    "name_en",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="English name"
                    ),
                ),
                (
                    "budget",
                    models.PositiveBigIntegerField(
                        blank=True, null=True, verbose_name="budget (yen)"
                    ),
                ),
                (
                    "decided_total",
                    models.PositiveBigIntegerField(
                        default=0, editable=False, verbose_name="decided so far (yen)"
                    ),
                ),
                (
                    "routes_through_branch",
                    models.BooleanField(
                        default=False, verbose_name="goes through the branch"
                    ),
                ),
                (
                    "branch_clock",
                    models.CharField(
                        choices=[
                            ("branch", "arrival at the branch counts"),
                            ("clair", "arrival at CLAIR counts"),
                        ],
                        default="clair",
                        max_length=16,
                        verbose_name="whose arrival counts",
                    ),
                ),
                (
                    "is_example",
                    models.BooleanField(default=False, verbose_name="example"),
                ),
                (
                    "offices",
                    models.ManyToManyField(
                        blank=True,
                        related_name="editions",
                        to="accounts.office",
                        verbose_name="offices",
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="accounts.section",
                        verbose_name="section in charge",
                    ),
                ),
            ],
            options={
                "verbose_name": "edition",
                "verbose_name_plural": "editions",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="FormVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                (
                    "published_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        null=True,
                        verbose_name="published at",
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="programs.form",
                        verbose_name="form",
                    ),
                ),
            ],
            options={
                "verbose_name": "form version",
                "verbose_name_plural": "form versions",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="Initiative",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "fiscal_year",
                    models.PositiveSmallIntegerField(verbose_name="fiscal year"),
                ),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="English name"
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="initiatives",
                        to="programs.area",
                        verbose_name="area",
                    ),
                ),
            ],
            options={
                "verbose_name": "initiative",
                "verbose_name_plural": "initiatives",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="Program",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "code",
                    models.SlugField(max_length=60, unique=True, verbose_name="code"),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="English name"
                    ),
                ),
                (
                    "valid_to",
                    models.DateField(blank=True, null=True, verbose_name="ended on"),
                ),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="programs",
                        to="programs.area",
                        verbose_name="area",
                    ),
                ),
            ],
            options={
                "verbose_name": "programme",
                "verbose_name_plural": "programmes",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="PlanLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        unique=True,
                        verbose_name="ID",
                    ),
                ),
                (
                    "fiscal_year",
                    models.PositiveSmallIntegerField(verbose_name="fiscal year"),
                ),
                ("code", models.SlugField(max_length=60, verbose_name="code")),
                (
                    "number",
                    models.CharField(
                        blank=True, max_length=8, verbose_name="number in the overview"
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("grant", "grant"),
                            ("dispatch", "dispatch of experts"),
                            ("exhibition", "exhibition"),
                            ("outreach", "outreach"),
                            ("seminar", "seminar"),
                            ("invitation", "invitation"),
                            ("request", "support on request"),
                            ("publication", "publication"),
                            ("training", "training"),
                            ("survey", "research"),
                            ("community", "community"),
                            ("library", "library"),
                            ("registry", "registry"),
                            ("tool", "tool"),
                            ("e-learning", "e-learning"),
                            ("counselling", "counselling"),
                            ("placement", "placement"),
                            ("conference", "conference"),
                            ("award", "award"),
                            ("mail-magazine", "mail magazine"),
                            ("secondment", "secondment"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "change",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "new this year"),
                            ("expanded", "expanded this year"),
                        ],
                        max_length=16,
                        verbose_name="change",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("onsite", "on site"),
                            ("online", "online"),
                            ("hybrid", "on site and online"),
                        ],
                        max_length=16,
                        verbose_name="mode",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="English name"
                    ),
                ),
                (
                    "note",
                    models.CharField(blank=True, max_length=300, verbose_name="note"),
                ),
                (
                    "partner",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="partner"
                    ),
                ),
                (
                    "place",
                    models.CharField(blank=True, max_length=200, verbose_name="place"),
                ),
                (
                    "parts",
                    models.JSONField(blank=True, default=list, verbose_name="parts"),
                ),
                (
                    "topics",
                    models.JSONField(blank=True, default=list, verbose_name="topics"),
                ),
                (
                    "target",
                    models.JSONField(
                        blank=True, default=dict, verbose_name="target figures"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("plan", "the plan"),
                            ("portal", "a register that the plan's lines rest on"),
                            ("inferred", "the plan; its office is inferred"),
                        ],
                        default="plan",
                        max_length=16,
                        verbose_name="source",
                    ),
                ),
                (
                    "valid_to",
                    models.DateField(blank=True, null=True, verbose_name="closed on"),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="programs.edition",
                        verbose_name="edition",
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="programs.initiative",
                        verbose_name="initiative",
                    ),
                ),
                (
                    "offices",
                    models.ManyToManyField(
                        related_name="plan_lines",
                        to="accounts.office",
                        verbose_name="offices",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="programs.program",
                        verbose_name="programme",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of the plan",
                "verbose_name_plural": "lines of the plan",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.AddField(
            model_name="edition",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="editions",
                to="programs.program",
                verbose_name="programme",
            ),
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("key", models.SlugField(max_length=60, verbose_name="key")),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                (
                    "section",
                    models.CharField(
                        blank=True, max_length=100, verbose_name="section"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("short", "short text"),
                            ("long", "long text"),
                            ("number", "number"),
                            ("yen", "amount in yen"),
                            ("date", "date"),
                            ("choice", "one of several"),
                            ("choices", "several of several"),
                            ("file", "file"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("label", models.CharField(max_length=300, verbose_name="question")),
                (
                    "help",
                    models.CharField(blank=True, max_length=500, verbose_name="hint"),
                ),
                (
                    "required",
                    models.BooleanField(default=False, verbose_name="required"),
                ),
                (
                    "limit",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        verbose_name="limit (characters, or largest number)",
                    ),
                ),
                (
                    "choices",
                    models.JSONField(blank=True, default=list, verbose_name="choices"),
                ),
                (
                    "condition",
                    models.JSONField(
                        blank=True, default=dict, verbose_name="asked only if"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="programs.formversion",
                        verbose_name="form version",
                    ),
                ),
            ],
            options={
                "verbose_name": "question",
                "verbose_name_plural": "questions",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="RuleSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(verbose_name="version")),
                ("data", models.JSONField(verbose_name="rules")),
                (
                    "note",
                    models.CharField(
                        blank=True,
                        max_length=300,
                        verbose_name="reason of this version",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="saved at")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="saved by",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rule_sets",
                        to="programs.edition",
                        verbose_name="edition",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of the rules",
                "verbose_name_plural": "versions of the rules",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.AddField(
            model_name="edition",
            name="rules",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="current_for",
                to="programs.ruleset",
                verbose_name="rules in force",
            ),
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        unique=True,
                        verbose_name="ID",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        editable=False, max_length=32, verbose_name="status"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(
                        default=1, editable=False, verbose_name="version"
                    ),
                ),
                (
                    "draft_input",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        editable=False,
                        verbose_name="unsaved input",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="created at"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(auto_now=True, verbose_name="updated at"),
                ),
                (
                    "round",
                    models.PositiveSmallIntegerField(default=1, verbose_name="round"),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "summary",
                    models.CharField(
                        blank=True,
                        max_length=500,
                        verbose_name="what it is, in two sentences",
                    ),
                ),
                ("opens_at", models.DateTimeField(verbose_name="opens at (JST)")),
                ("closes_at", models.DateTimeField(verbose_name="closes at (JST)")),
                (
                    "hours_confirmed",
                    models.BooleanField(default=False, verbose_name="hours confirmed"),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="programs.edition",
                        verbose_name="edition",
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="programs.form",
                        verbose_name="form",
                    ),
                ),
            ],
            options={
                "verbose_name": "call",
                "verbose_name_plural": "calls",
                "abstract": False,
                "default_permissions": ("view", "add", "change"),
                "indexes": [
                    models.Index(
                        fields=["status", "closes_at"], name="programs_call_window"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("edition", "round"), name="programs_call_round"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("opens_at__lt", models.F("closes_at"))),
                        name="programs_call_opens_before_it_closes",
                        violation_error_message="A call must open before it closes.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["draft", "open", "closed", "decided"])
                        ),
                        name="programs_call_status",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="formversion",
            constraint=models.UniqueConstraint(
                fields=("form", "number"), name="programs_formversion_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.UniqueConstraint(
                fields=("fiscal_year", "area", "order"),
                name="programs_initiative_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="planline",
            constraint=models.UniqueConstraint(
                fields=("fiscal_year", "code"),
                name="programs_planline_code_once_a_year",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                fields=("version", "key"), name="programs_question_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                fields=("version", "order"), name="programs_question_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleset",
            constraint=models.UniqueConstraint(
                fields=("edition", "version"), name="programs_ruleset_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(
                fields=("program", "fiscal_year"), name="programs_edition_once_a_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("budget", None),
                    ("decided_total__lte", models.F("budget")),
                    _connector="OR",
                ),
                name="programs_edition_within_budget",
                violation_error_message="More is decided than the edition's budget.",
            ),
        ),
    ]
