"""Awards, with their commitments and ledger entries, of what was announced before there were any."""

import uuid
from datetime import date, timedelta

from django.db import migrations
from django.db.models import F

from core.fiscal import FiscalYear, jst_date
from programs.rules import RuleData

ADOPTED = ("adopted", "adopted_with_modification")
REPORT_DAYS, WITHDRAWAL_DAYS = 30, 14


def award_the_announced(apps, schema_editor):
    """Make what an announcement makes now; nothing is told to anybody."""
    application = apps.get_model("grants", "Application")
    award = apps.get_model("grants", "Award")
    letter = apps.get_model("core", "Letter")
    rows = application.objects.filter(
        status="announced", outcome__in=ADOPTED, award=None, announced_at__isnull=False
    ).select_related("edition", "rule_set", "edition__rules")
    for row in rows.order_by("pk"):
        rule_set = row.rule_set or row.edition.rules
        rules = RuleData.parse(rule_set.data) if rule_set else None
        told = letter.objects.filter(
            case_label="grants.Application",
            case_id=row.pk,
            template="grants/letters/application_announce.typ",
        )
        last = told.order_by("-pk").first()
        announced = jst_date(row.announced_at)
        year = row.edition.fiscal_year
        starts_on = row.starts_on or date(year, 4, 1)
        ends_on = row.ends_on or max(starts_on, date(year + 1, 3, 31))
        days = rules.days("withdrawal", WITHDRAWAL_DAYS) if rules else WITHDRAWAL_DAYS
        made = award.objects.create(
            public_id=uuid.uuid4(),
            status="active",
            application=row,
            edition_id=row.edition_id,
            organization_id=row.organization_id,
            section_id=row.section_id,
            title=row.title,
            award_number=f"クレア{last.sign}第{last.serial}号" if last else "",
            decided_amount=row.decided_amount,
            starts_on=starts_on,
            ends_on=ends_on,
            withdraw_by=announced + timedelta(days=days),
            report_due=_report_due(rules, ends_on, year),
        )
        _commit(apps, made, row, rule_set, announced)


def _report_due(rules, ends_on, fiscal_year):
    due = rules.report_due(ends_on, fiscal_year) if rules else None
    due = due or ends_on + timedelta(days=REPORT_DAYS)
    year_end = date(fiscal_year + 1, 3, 31)
    is_set = rules is not None and rules.report_by is not None
    return min(due, year_end) if ends_on > year_end and not is_set else due


def _commit(apps, award, application, rule_set, day):
    commitment = apps.get_model("finance", "Commitment").objects.create(
        public_id=uuid.uuid4(),
        edition_id=award.edition_id,
        organization_id=award.organization_id,
        section_id=award.section_id,
        case_label="grants.Award",
        case_id=award.pk,
        reference=application.receipt_number or "",
        title=award.title,
        rule_set=rule_set,
        decided=award.decided_amount,
    )
    ledgers = apps.get_model("finance", "EditionLedger").objects
    ledgers.get_or_create(edition_id=award.edition_id, defaults={"public_id": uuid.uuid4()})
    ledgers.filter(edition_id=award.edition_id).update(
        committed=F("committed") + award.decided_amount
    )
    apps.get_model("finance", "LedgerEntry").objects.create(
        edition_id=award.edition_id,
        commitment=commitment,
        kind="committed",
        amount=award.decided_amount,
        booked_on=day,
        accounting_fy=int(FiscalYear.of(day)),
        source_label="finance.Commitment",
        source_id=commitment.pk,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0006_add_awards"),
        ("finance", "0001_add_payments_and_ledger"),
        ("core", "0007_price_bigrams"),
    ]

    operations = [migrations.RunPython(award_the_announced, migrations.RunPython.noop)]
