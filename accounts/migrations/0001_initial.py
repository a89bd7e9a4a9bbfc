"""People, posts, bodies and offices."""

import accounts.models.keys
import accounts.roles
import accounts.validators
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import uuid
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Office",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=3, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=100, verbose_name="name in English"),
                ),
                ("opened", models.CharField(blank=True, max_length=7, verbose_name="opened")),
                (
                    "time_zone",
                    models.CharField(default="Asia/Tokyo", max_length=40, verbose_name="time zone"),
                ),
            ],
            options={
                "verbose_name": "office of CLAIR",
                "verbose_name_plural": "offices of CLAIR",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=accounts.roles.post_role_choices, max_length=30, verbose_name="role"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name of the post")),
                ("mailbox", models.EmailField(blank=True, max_length=254, verbose_name="mailbox")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "post",
                "verbose_name_plural": "posts",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail")),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="full name")),
                ("kana", models.CharField(blank=True, max_length=100, verbose_name="reading")),
                (
                    "language",
                    models.CharField(
                        choices=[("ja", "Japanese"), ("en", "English")],
                        default="ja",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="may sign in")),
                (
                    "joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="joined"
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "default_permissions": ("view", "add", "change"),
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"),
                        name="accounts_user_email_any_case",
                        violation_error_message="This e-mail address already has an account.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="ID"
                    ),
                ),
                (
                    "reference",
                    models.CharField(
                        editable=False,
                        max_length=40,
                        null=True,
                        unique=True,
                        verbose_name="key in the reference data",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("prefecture", "prefecture"),
                            ("designated_city", "designated city"),
                            ("city", "city"),
                            ("special_ward", "special ward"),
                            ("town", "town"),
                            ("village", "village"),
                            ("board_of_education", "board of education"),
                            ("wide_area_union", "wide-area union"),
                            ("international_association", "regional international association"),
                            ("municipal_association", "municipal international association"),
                            ("npo", "NPO or NGO"),
                            ("private_school", "private school"),
                            ("jetaa_chapter", "JETAA chapter"),
                            ("overseas_local_government", "overseas local government"),
                            ("ministry", "ministry"),
                            ("company", "company"),
                        ],
                        max_length=30,
                        verbose_name="kind",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        blank=True,
                        max_length=6,
                        validators=[accounts.validators.validate_municipality_code],
                        verbose_name="6-digit code",
                    ),
                ),
                (
                    "corporate_number",
                    models.CharField(
                        blank=True,
                        max_length=13,
                        validators=[accounts.validators.validate_corporate_number],
                        verbose_name="corporate number",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "kana",
                    models.CharField(
                        blank=True,
                        max_length=200,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[\\u30a0-\\u30ff\\u3000 ・（）]*\\Z",
                                "Enter the reading in full-width katakana.",
                            )
                        ],
                        verbose_name="reading",
                    ),
                ),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=200, verbose_name="name in English"),
                ),
                (
                    "prefecture_code",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("01", "北海道"),
                            ("02", "青森県"),
                            ("03", "岩手県"),
                            ("04", "宮城県"),
                            ("05", "秋田県"),
                            ("06", "山形県"),
                            ("07", "福島県"),
                            ("08", "茨城県"),
                            ("09", "栃木県"),
                            ("10", "群馬県"),
                            ("11", "埼玉県"),
                            ("12", "千葉県"),
                            ("13", "東京都"),
                            ("14", "神奈川県"),
                            ("15", "新潟県"),
                            ("16", "富山県"),
                            ("17", "石川県"),
                            ("18", "福井県"),
                            ("19", "山梨県"),
                            ("20", "長野県"),
                            ("21", "岐阜県"),
                            ("22", "静岡県"),
                            ("23", "愛知県"),
                            ("24", "三重県"),
                            ("25", "滋賀県"),
                            ("26", "京都府"),
                            ("27", "大阪府"),
                            ("28", "兵庫県"),
                            ("29", "奈良県"),
                            ("30", "和歌山県"),
                            ("31", "鳥取県"),
                            ("32", "島根県"),
                            ("33", "岡山県"),
                            ("34", "広島県"),
                            ("35", "山口県"),
                            ("36", "徳島県"),
                            ("37", "香川県"),
                            ("38", "愛媛県"),
                            ("39", "高知県"),
                            ("40", "福岡県"),
                            ("41", "佐賀県"),
                            ("42", "長崎県"),
                            ("43", "熊本県"),
                            ("44", "大分県"),
                            ("45", "宮崎県"),
                            ("46", "鹿児島県"),
                            ("47", "沖縄県"),
                        ],
                        max_length=2,
                        verbose_name="prefecture",
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="until")),
                ("is_example", models.BooleanField(default=False, verbose_name="example")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="accounts.organization",
                        verbose_name="belongs to",
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predecessors",
                        to="accounts.organization",
                        verbose_name="successor",
                    ),
                ),
            ],
            options={
                "verbose_name": "body",
                "verbose_name_plural": "bodies",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="OrganizationRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("branch", "branch"),
                            ("coordinating", "coordinating body"),
                            ("contracting", "contracting body"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roles_held",
                        to="accounts.organization",
                        verbose_name="body that acts",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roles_under",
                        to="accounts.organization",
                        verbose_name="body for which it acts",
                    ),
                ),
            ],
            options={
                "verbose_name": "role of a body",
                "verbose_name_plural": "roles of bodies",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="accounts.post",
                        verbose_name="post",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                (
                    "token_hash",
                    models.CharField(max_length=64, unique=True, verbose_name="digest of the link"),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "accepted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="accepted at"),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="invited by",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="accounts.post",
                        verbose_name="post",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=100, verbose_name="name in English"),
                ),
                (
                    "sign",
                    models.CharField(
                        blank=True, max_length=8, verbose_name="sign in letter numbers"
                    ),
                ),
                ("mailbox", models.EmailField(blank=True, max_length=254, verbose_name="mailbox")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="telephone")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "office",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sections",
                        to="accounts.office",
                        verbose_name="office",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sections",
                        to="accounts.organization",
                        verbose_name="body",
                    ),
                ),
            ],
            options={
                "verbose_name": "section",
                "verbose_name_plural": "sections",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.AddField(
            model_name="post",
            name="section",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="posts",
                to="accounts.section",
                verbose_name="section",
            ),
        ),
        migrations.CreateModel(
            name="SectionGrant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("viewer", "may read"),
                            ("contact", "may draft"),
                            ("submitter", "may submit"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "granted_to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants_held",
                        to="accounts.section",
                        verbose_name="section that may act",
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants_given",
                        to="accounts.section",
                        verbose_name="section that grants",
                    ),
                ),
            ],
            options={
                "verbose_name": "grant between sections",
                "verbose_name_plural": "grants between sections",
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "prefix",
                    models.CharField(editable=False, max_length=12, verbose_name="beginning"),
                ),
                (
                    "sha256",
                    models.CharField(
                        editable=False, max_length=64, unique=True, verbose_name="SHA-256"
                    ),
                ),
                (
                    "key_scopes",
                    models.JSONField(default=accounts.models.keys.read_only, verbose_name="may do"),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last used at"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_keys",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "verbose_name_plural": "API keys",
                "default_permissions": ("view", "add", "change"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="accounts_apikey_period",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OfficeJurisdiction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=100, verbose_name="country")),
                ("valid_from", models.DateField(verbose_name="from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="until")),
                ("is_confirmed", models.BooleanField(default=True, verbose_name="confirmed")),
                ("source", models.CharField(blank=True, max_length=300, verbose_name="source")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="jurisdictions",
                        to="accounts.office",
                        verbose_name="office",
                    ),
                ),
            ],
            options={
                "verbose_name": "jurisdiction",
                "verbose_name_plural": "jurisdictions",
                "default_permissions": ("view", "add", "change"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("office", "country", "valid_from"),
                        name="accounts_officejurisdiction_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="accounts_officejurisdiction_period",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="organization",
            index=models.Index(fields=["code", "id"], name="accounts_organization_code"),
        ),
        migrations.AddIndex(
            model_name="organization",
            index=models.Index(
                fields=["prefecture_code", "kind"], name="accounts_organization_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("code", ""), _negated=True),
                    ("valid_to", None),
                    (
                        "kind__in",
                        (
                            "prefecture",
                            "designated_city",
                            "city",
                            "special_ward",
                            "town",
                            "village",
                        ),
                    ),
                ),
                fields=("code",),
                name="accounts_organization_one_local_government",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), ("code__regex", "^[0-9]{6}$"), _connector="OR"),
                name="accounts_organization_code_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("corporate_number", ""),
                    ("corporate_number__regex", "^[0-9]{13}$"),
                    _connector="OR",
                ),
                name="accounts_organization_corporate_number_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from", None),
                    ("valid_to__isnull", True),
                    ("valid_to__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="accounts_organization_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("successor", None), ("valid_to__isnull", False), _connector="OR"
                ),
                name="accounts_organization_successor_when_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="organizationrole",
            index=models.Index(fields=["holder", "kind"], name="accounts_organizationrole_held"),
        ),
        migrations.AddConstraint(
            model_name="organizationrole",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True),
                    ("valid_to__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="accounts_organizationrole_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="organizationrole",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("kind", "branch")),
                expressions=[
                    ("subject", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            models.Value("[]"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="accounts_organizationrole_one_branch",
                violation_error_message="The body already has a branch in this period.",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="accounts_membership_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("user", "="),
                    ("post", "="),
                    (
                        models.Func(
                            models.F("starts_on"),
                            models.F("ends_on"),
                            models.Value("[]"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="accounts_membership_once_at_a_time",
                violation_error_message="The person already holds this post in this period.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                name="accounts_invitation_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("office", None), ("organization__isnull", False)),
                    models.Q(("office__isnull", False), ("organization", None)),
                    _connector="OR",
                ),
                name="accounts_section_office_xor_organization",
                violation_error_message="Name either an office or a body.",
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.UniqueConstraint(
                condition=models.Q(("office__isnull", False), ("valid_to", None)),
                fields=("office", "name"),
                name="accounts_section_once_an_office",
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.UniqueConstraint(
                condition=models.Q(("organization__isnull", False), ("valid_to", None)),
                fields=("organization", "name"),
                name="accounts_section_once_a_body",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_to", None)),
                fields=("section", "role", "name"),
                name="accounts_post_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="sectiongrant",
            constraint=models.UniqueConstraint(
                fields=("section", "granted_to", "role", "valid_from"),
                name="accounts_sectiongrant_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="sectiongrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("section", models.F("granted_to")), _negated=True),
                name="accounts_sectiongrant_other",
            ),
        ),
        migrations.AddConstraint(
            model_name="sectiongrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True),
                    ("valid_to__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="accounts_sectiongrant_period",
            ),
        ),
    ]
