"""100,000 applications, awards and claims of 1,788 bodies, by bulk SQL from one of each."""

import os
import random
import subprocess
import sys
from typing import Any

from django.core.management import call_command
from django.db import connection, models

from accounts.models import Organization, Section
from clair.embedded import OWNER, WEB, Servers
from clair.launcher import ROOT, fingerprint
from core.japanese import search_key
from finance.actions.commitments import commitment_of
from finance.actions.payments import request_payment
from finance.models import Commitment
from grants.models import Application, ApplicationParty, Award, BudgetLine
from tests.factories.accounts import join, make_user
from tests.factories.awards import make_award, rules
from tests.factories.finance import claim
from tests.factories.grants import NOW, Story, make_application, town_story

LARGE, SMALL = 100_000, 1_000
OFFICER, CLERK = "officer@bench.example", "clerk@bench.example"
RARE, FREQUENT = "難民支援", "外国人"
WORDS = [
    "外国人住民",
    "日本語教室",
    "多文化共生",
    "相談窓口",
    "やさしい日本語",
    "防災訓練",
    "子育て",
    "学校",
    "医療通訳",
    "ボランティア",
    "交流会",
    "国際理解",
    "留学生",
    "就労",
    "介護",
    "母語",
    "地域",
    "自治会",
    "翻訳",
    "研修",
    "講座",
    "調査",
    "冊子",
    "動画",
    "祭り",
    "料理",
    "スポーツ",
    "姉妹都市",
    "災害時",
    "情報発信",
]
FILES = ("*/migrations/*.py", "tests/benchmarks/data.py")


def environment(servers: Servers, database: str) -> dict[str, str]:
    """What a process needs to work on one of the databases."""
    return {
        "CLAIR_ENV": "benchmark",
        "CLAIR_DEMO": "0",
        "CLAIR_HOME": str(servers.places.home),
        "SECRET_KEY": "only-for-benchmarks",
        "DJANGO_SETTINGS_MODULE": "clair.settings",
        "DATABASE_URL": servers.postgres.url(WEB, database),
        "DATABASE_OWNER_URL": servers.postgres.url(OWNER, database),
        "REDIS_URL": servers.valkey.url(),
        "LOG_LEVEL": "ERROR",
    }


def prepare(servers: Servers, count: int) -> str:
    """Return a database with so many applications; made once for these migrations."""
    name = f"bench_{count}_{fingerprint(ROOT, FILES)}"
    if name in servers.postgres.databases():
        return name
    sys.stdout.write(f"making {count:,} applications …\n")
    for old in servers.postgres.databases():
        if old.startswith(f"bench_{count}_"):
            servers.postgres.drop_database(old)
    half = f"{name}_new"
    servers.postgres.create_database(half)
    env = os.environ | environment(servers, half) | {"CLAIR_DATABASE_ROLE": "owner"}
    for command in (
        ("manage.py", "migrate", "--verbosity", "0"),
        ("-m", "tests.benchmarks", "fill", str(count)),
    ):
        subprocess.run([sys.executable, *command], cwd=ROOT, env=env, check=True)
    with servers.postgres.connect(half) as superuser:
        superuser.execute("VACUUM (ANALYZE)")
    servers.postgres.rename_database(half, name)
    return name


def fill(count: int) -> None:
    """Fill the database that the settings name."""
    call_command("load_reference", verbosity=0)
    story = town_story()
    join(make_user(OFFICER), story.desk.officer.access.posts[0])
    first = make_application(story, "received")
    join(make_user(CLERK), story.clerk.access.posts[0])
    with connection.cursor() as cursor:
        _words(cursor)
        _sections(cursor, story.clerk.access.posts[0].section)
        _applications(cursor, first, count - 1)
        for model in (BudgetLine, ApplicationParty):
            _parts(cursor, model, first)
        _money(cursor, town_story(rules=rules()))


def _words(cursor: Any) -> None:
    """A vocabulary in which few words are frequent, as in real titles."""
    chance = random.Random(1)
    weights = [1 / rank for rank in range(1, len(WORDS) + 1)]
    titles = [" ".join(chance.choices(WORDS, weights, k=3)) for _ in range(5_000)]
    cursor.execute("CREATE TEMP TABLE title (n int PRIMARY KEY, words text, key text)")
    rows = [(i, title, search_key(title)) for i, title in enumerate(titles)]
    cursor.executemany("INSERT INTO title VALUES (%s, %s, %s)", rows)


def _sections(cursor: Any, section: Section) -> None:
    """A section for each body that has none."""
    _copy(
        cursor,
        Section,
        f"{Section._meta.db_table} t, {Organization._meta.db_table} o",
        f"t.id = {section.pk} AND o.id <> t.organization_id",
        public_id="gen_random_uuid()",
        organization_id="o.id",
    )


def _applications(cursor: Any, first: Application, count: int) -> None:
    cursor.execute(
        "CREATE TEMP TABLE body AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id,"
        f" organization_id FROM {Section._meta.db_table} WHERE organization_id IS NOT NULL"
    )
    table = Application._meta.db_table
    _copy(
        cursor,
        Application,
        f"{table} t CROSS JOIN generate_series(1, {count}) g"
        " JOIN body b ON b.n = (g * 7919) % (SELECT count(*) FROM body)"
        " JOIN title w ON w.n = g % 5000",
        f"t.id = {first.pk}",
        public_id="gen_random_uuid()",
        receipt_number="'B-' || g",
        title=f"w.words || '事業' || g || CASE WHEN g % 50 = 0 THEN '{RARE}' ELSE '' END",
        search_key=f"w.key || '事業' || g || CASE WHEN g % 50 = 0 THEN '{search_key(RARE)}' ELSE '' END",
        organization_id="b.organization_id",
        section_id="b.id",
        status="(ARRAY['submitted', 'received', 'under_review'])[1 + g % 3]",
        requested_amount="100000 + g % 900 * 1000",
        created_at="t.created_at + g * interval '1 second'",
        updated_at="t.updated_at + g * interval '1 second'",
    )


def _parts(cursor: Any, model: type[models.Model], first: Application) -> None:
    """The first application's lines and parties for all the others."""
    changes = {"application_id": "a.id"}
    if model is ApplicationParty:
        changes |= {"organization_id": "a.organization_id", "section_id": "a.section_id"}
    tables = f"{model._meta.db_table} t CROSS JOIN {Application._meta.db_table} a"
    _copy(cursor, model, tables, f"t.application_id = {first.pk} AND a.id <> {first.pk}", **changes)


def _money(cursor: Any, story: Story) -> None:
    """An award, what was promised with it and a claim, for each application."""
    award = make_award(story)
    commitment = commitment_of(award)
    payment = request_payment(commitment, by=story.clerk, now=NOW, changes=claim(amount=1_000))
    body = {"organization_id": "a.organization_id", "section_id": "a.section_id"}
    new = body | {"public_id": "gen_random_uuid()"}
    _of_each(cursor, award, Application, award.application_id, new | {"application_id": "a.id"})
    promised = {"case_id": "a.id", "reference": "'B-' || a.id"}
    _of_each(cursor, commitment, Award, award.pk, new | promised)
    claimed = {"commitment_id": "a.id", "receipt_number": "'P-' || a.id"}
    _of_each(cursor, payment, Commitment, commitment.pk, new | claimed)


def _of_each(
    cursor: Any, first: models.Model, of: type[models.Model], own: int, changes: dict[str, str]
) -> None:
    """The first row for every row of the other model but its own."""
    tables = f"{first._meta.db_table} t CROSS JOIN {of._meta.db_table} a"
    _copy(cursor, type(first), tables, f"t.id = {first.pk} AND a.id <> {own}", **changes)


def _copy(cursor: Any, model: type[models.Model], tables: str, where: str, **changes: str) -> None:
    """INSERT … SELECT of every column of `t`, with changes as SQL."""
    columns = [
        f.column for f in model._meta.concrete_fields if not f.primary_key and not f.generated
    ]
    values = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {tables} WHERE {where}"
    )
