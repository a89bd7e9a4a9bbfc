"""The demo's people and what they own, for the tests that walk every address."""

import copy
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts import actions
from accounts.actors import system_actor
from accounts.models import (
    ApiKey,
    Handover,
    Invitation,
    Membership,
    Office,
    Organization,
    Section,
    SectionGrant,
    User,
)
from approvals.actions import save_route_rule
from approvals.models import Approval, RouteRule
from core import jobs
from core.models import Job, Letter, OutboxMessage, PurgeList, Receipt, Reminder, StoredFile
from correspondence.models import Thread
from finance.models import BankAccount, Commitment, EditionLedger, Payment, Repayment, YearClosing
from grants.actions import duties
from grants.actions.changes import begin_change
from grants.models import Application, Award, Review, TaxCreditReport
from programs.models import Call, Edition, Form, FormVersion, PlanLine
from tests.architecture.money import load_money

PEOPLE = (
    "anonymous",
    "town-a",
    "town-b",
    "prefecture",
    "association",
    "partner",
    "reviewer",
    "office",
    "officer",
    "manager",
    "director",
    "finance",
    "document-officer",
    "administrator",
    "auditor",
)
SIGN_IN = "/account/login/"
KINDS = (
    "thread",
    "application",
    "award",
    "changerequest",
    "disposalrequest",
    "taxcreditreport",
    "asset",
    "approval",
    "routerule",
    "call",
    "letter",
    "receipt",
    "file",
    "organization",
    "office",
    "planline",
    "edition",
    "key",
    "membership",
    "invitation",
    "job",
    "review",
    "batch",
    "payment",
    "repayment",
    "bankaccount",
    "commitment",
    "ledger",
    "yearclosing",
)
_EXPORTERS = ("officer", "administrator")
ANNOUNCED = "多言語情報アプリの試行"  # town A's application for next year's projects
MONEY: dict[str, Any] = {
    "payment": Payment,
    "repayment": Repayment,
    "bankaccount": BankAccount,
    "commitment": Commitment,
}
ACTS = {
    "application": "receive",
    "approval": "endorse",
    "award": "suspend",
    "bankaccount": "check",
    "call": "extend",
    "changerequest": "withdraw",
    "disposalrequest": "submit",
    "taxcreditreport": "submit",
    "payment": "return_claim",
    "repayment": "receive",
    "review": "declare",
    "thread": "answer",
}


def load() -> None:
    """Fill up the demo's lists of fewer than three, and leave what it has none of."""
    now = timezone.now()
    post = User.objects.get(email="demo-town-b@example.jp").access.posts[0]
    staff = {name: User.objects.get(email=f"demo-{name}@clair.example") for name in _EXPORTERS}
    for name in ("a", "b"):
        leave_town(name, now)
    load_money(now)
    for number in range(3):
        for user in staff.values():
            jobs.start("export", title=f"出力{number}", params={}, by=user)
        email = f"invited{number}@example.jp"
        actions.invite(by=system_actor(), now=now, email=email, post=post)
        lender = Section.objects.create(organization=post.section.organization, name=f"課{number}")
        SectionGrant.objects.create(
            section=lender, granted_to=post.section, role="viewer", valid_from=now.date()
        )
        form = copy_of(Form.objects.order_by("pk")[0], code=f"form-{number}")
        FormVersion.objects.create(form=form, number=1)
        approval = Approval.objects.order_by("pk")[0]
        steps = list(approval.steps.all())
        copied = copy_of(approval, number=f"写し{number}", public_id=uuid.uuid4())
        for step in steps:
            copy_of(step, approval=copied)
        award_again(number)
        copy_of(Thread.objects.order_by("pk")[0], public_id=uuid.uuid4())
        PurgeList.objects.create(
            period=f"2020-0{number + 1}",
            parts=[
                {"model": "core.Job", "cutoff": now.isoformat(), "ids": [], "done": 0, "left": 0}
            ],
            proposed_at=now,
        )
        Reminder.objects.create(
            case_label="grants.Application",
            case_id=Application.objects.order_by("pk")[0].pk,
            kind="sample",
            due=now.date(),
            offset=number + 1,
            label="期限の例",
            problem="no_mailbox",
            sent_at=now,
        )
        save_route_rule(
            by=system_actor(),
            now=now,
            act="decide",
            decider="director",
            name=f"決裁の例{number}",
            at_least=1_000_000 * number,
            valid_from=now.date(),
            steps=[("review", "manager"), ("consult", "finance")],
        )


def award_again(number: int) -> None:
    """Copy a town's award with its application: lists need three."""
    award = Award.objects.filter(title=ANNOUNCED).order_by("pk")[0]
    names = {"public_id": uuid.uuid4(), "receipt_number": f"写し{number}"}
    application = copy_of(award.application, **names)
    copied = copy_of(award, application=application, public_id=uuid.uuid4(), receipt_number=None)
    by = User.objects.get(email="demo-town-a@example.jp")
    asked = {"kind": "content", "reason": "見直し", "content": "回数を減らす"}
    for case in [copied] if number else [award, copied]:
        begin_change(case, by=by, now=timezone.now(), changes=asked)
        leave_duties(case, by)


def leave_duties(award: Award, by: User) -> None:
    """Give the award an asset, a request to dispose of it, and a tax credit report."""
    now = timezone.now()
    bought = {"name": "通訳機器", "unit_price": 600_000, "acquired_on": now.date()}
    asset = duties.register_asset(award, by=by, now=now, values=bought)
    planned = {"manner": "lending", "reason": "貸出", "planned_on": now.date()}
    duties.begin_disposal(asset, by=by, now=now, changes=planned)
    TaxCreditReport.objects.create(
        status="due",
        award=award,
        edition=award.edition,
        organization=award.organization,
        section=award.section,
        due_on=now.date() + timedelta(days=30),
    )


def leave_town(name: str, now: datetime) -> None:
    """Plan the hand-over of a post of the town to somebody who is invited."""
    user = User.objects.get(email=f"demo-town-{name}@example.jp")
    actions.plan_handover(
        by=user,
        now=now,
        outgoing=user,
        memberships=user.memberships.order_by("pk")[:1],
        starts_on=now.date() + timedelta(days=30),
        email=f"successor-{name}@example.jp",
    )
    actions.invite(by=user, now=now, email=f"invited-{name}@example.jp", post=user.access.posts[0])


def copy_of(row: Any, **changes: Any) -> Any:
    """Keep a copy of the row, with changes."""
    fields = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    copied = type(row)(**{**fields, row._meta.pk.attname: None})
    for name, value in changes.items():
        setattr(copied, name, value)
    copied.save(force_insert=True)
    return copied


class World:
    """Everybody of the demo, each with a browser and a key, and one record of each kind."""

    def __init__(self) -> None:
        self.browsers = {name: Client(raise_request_exception=False) for name in PEOPLE}
        for name, user in self.users.items():
            self.browsers[name].force_login(user, backend="accounts.backends.RoleBackend")

    @cached_property
    def users(self) -> dict[str, User]:
        """The demo's accounts by name."""
        found = {user.email.partition("@")[0]: user for user in User.objects.all()}
        return {name: found[f"demo-{name}"] for name in PEOPLE if name != "anonymous"}

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """Ask as a person: pages from their browser, the API with their key; all is rolled back."""
        cache.clear()  # nobody is asked to slow down here
        if path.startswith("/api/"):
            client, options = self.browsers["anonymous"], {"content_type": "application/json"}
            key = {} if who == "anonymous" else {"Authorization": f"Bearer demo-{who}"}
            options |= {"headers": key}
        else:
            client, options = self.browsers[who], {}
        if method != "GET" and body is not None:
            options |= {"data": body}
        cookies = copy.deepcopy(client.cookies)
        with transaction.atomic():
            response = getattr(client, method.lower())(path, **options)
            if response.streaming:
                response.getvalue()
            transaction.set_rollback(True)
        client.cookies = cookies  # a sign-out was rolled back too
        return response

    def cases_of(self, who: str) -> list[Application]:
        """The applications of the person's section, in every status that the demo reaches."""
        sections = sorted(self.users[who].access.section_roles)
        return list(Application.objects.filter(section__in=sections).order_by("pk"))

    @cached_property
    def submitted(self) -> Application:
        """Town A's application that waits for its reception."""
        return next(case for case in self.cases_of("town-a") if case.status == "submitted")

    @cached_property
    def letter(self) -> Letter:
        """Town A's letter of decision."""
        ids = [case.pk for case in self.cases_of("town-a") if case.title == ANNOUNCED]
        return Letter.objects.get(case_label="grants.Application", case_id__in=ids)

    @cached_property
    def award(self) -> Award:
        """Town A's award, made with its letter of decision."""
        return Award.objects.get(application=self.letter.case_id)

    @cached_property
    def notice(self) -> OutboxMessage:
        """A notice of what was announced together."""
        return OutboxMessage.objects.exclude(batch=None).order_by("pk")[0]

    @cached_property
    def samples(self) -> dict[str, Any]:
        """A record for each kind of address, and for models of the admin where the first is not apt."""
        a = self.users["town-a"]
        return {
            "application": self.submitted,
            "award": self.award,
            "changerequest": self.award.changes.get(),
            "disposalrequest": self.award.disposals.get(),
            "taxcreditreport": self.award.tax_report,
            "asset": self.award.assets.get(),
            "approval": Approval.objects.order_by("pk")[0],
            "routerule": RouteRule.objects.order_by("pk")[0],
            "thread": Thread.objects.filter(status="open").order_by("pk")[0],
            "call": Call.objects.get(title__contains="二次募集"),
            "letter": self.letter,
            "receipt": Receipt.objects.get(case_id=self.submitted.pk),
            "file": StoredFile.objects.get(public_id=self.submitted.files.get().file.public_id),
            "organization": Organization.objects.get(code="105244"),
            "office": Office.objects.get(code="SIN"),
            "planline": PlanLine.objects.get(code="multicultural-grant", fiscal_year=2021),
            "edition": Edition.objects.get(program__code="multicultural-grant", fiscal_year=2021),
            "user": a,
            "apikey": ApiKey.objects.get(user=a),
            "key": ApiKey.objects.get(user=a),
            "review": Review.objects.get(reviewer=self.users["reviewer"], status="assigned"),
            "batch": SimpleNamespace(public_id=self.notice.batch),
            "job": Job.objects.filter(owner=self.users["officer"]).order_by("pk")[0],
            "membership": Membership.objects.filter(user=a).order_by("pk")[0],
            "invitation": Invitation.objects.get(email="invited-a@example.jp"),
            "handover": Handover.objects.get(outgoing=a),
            **{
                name: model.objects.filter(organization__code="105244").order_by("pk")[0]
                for name, model in MONEY.items()
            },
            "ledger": EditionLedger.objects.order_by("pk")[0],
            "yearclosing": YearClosing.objects.order_by("pk")[0],
        }

    def arguments(self, route: "Route") -> dict[str, Any]:
        """What fills the address: a record of town A where the address is of a body's record."""
        if route.pattern.startswith("admin/"):
            return self._admin_arguments(route)
        public_id = getattr(self.samples.get(route.kind), "public_id", None)
        call = self.samples["call"].public_id
        if route.key == "jgrants-subsidy":
            public_id = call.hex[:18]
        return {
            "id": public_id,
            "oppId": call,
            "public_id": public_id,
            "membership": self.samples["membership"].public_id,
            "invitation": self.samples["invitation"].public_id,
            "handover": self.samples["handover"].public_id,
            "person": self.samples["user"].public_id,
            "key": self.samples["apikey"].public_id if route.key.startswith("accounts:") else "1",
            "name": "applications"
            if route.key == "core-report-runs"
            else ACTS.get(route.kind, "no-such-mail"),
            "section": "basics",
            "file": self.samples["file"].public_id,
            "code": "invalid" if route.key == "api-problem" else self.letter.code,
            "fiscal_year": 2021,
            "table": "prefectures",
            "token": "no-such-invitation",
            "uidb36": "1",
            "pk": 1,
        }

    def _admin_arguments(self, route: "Route") -> dict[str, Any]:
        app, model = (*route.pattern.split("/"), "", "")[1:3]
        record: Any = self.samples.get(model)
        if record is None and apps.is_installed(app) and model.isidentifier():
            record = apps.get_model(app, model)._default_manager.order_by("pk").first()
        pk = record.pk if record else 1
        return {
            "object_id": pk,
            "pk": pk,
            "public_id": self.samples["job" if app == "jobs" else "file"].public_id,
            "name": ACTS.get(model, ""),
            "app_label": "grants",
            "content_type_id": 1,
            "url": "nothing-here",
        }


@dataclass(frozen=True)
class Route:
    """One address of the resolver."""

    name: str
    pattern: str

    @property
    def key(self) -> str:
        """The name in the table; addresses without a name go by their pattern."""
        return self.pattern if not self.name or self.name.endswith(":") else self.name

    @property
    def kind(self) -> str:
        """The kind of record that the address is about: the first word that names one."""
        return next((word for word in re.split(r"[-:]", self.key) if word in KINDS), "")

    @property
    def parameters(self) -> set[str]:
        """The names of what varies in the address."""
        return {named or plain for named, plain in _PARAMETER.findall(self.pattern)}

    def path(self, arguments: dict[str, Any]) -> str:
        """The address with the arguments filled in."""
        filled = _PARAMETER.sub(lambda m: str(arguments[m[1] or m[2]]), self.pattern)
        return "/" + filled.replace("^", "").replace("$", "").replace(".*", "nothing-here")


_PARAMETER = re.compile(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>")


def routes() -> list[Route]:
    """Every address that the resolver knows, each once."""
    return list(dict.fromkeys(_walk(get_resolver(), "", "")))


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Route(namespace + (entry.name or ""), pattern)
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, pattern, inner)
