"""People, bodies, sections and posts for tests."""

import itertools
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.actions import issue_api_key
from accounts.models import (
    Membership,
    Office,
    Organization,
    OrganizationRole,
    Post,
    Section,
    SectionGrant,
    User,
)

LONG_AGO = date(2000, 4, 1)
PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def make_user(email: str = "", name: str = "", password: str | None = None, **fields: Any) -> User:
    """A user without a post; without a password nobody can sign in."""
    email = email or f"person{next(_numbers)}@example.jp"
    return User.objects.create_user(email, password, name=name or "試験 太郎", **fields)


def make_office(code: str = "HQ", name: str = "") -> Office:
    """An office of the code, the same one each time."""
    return Office.objects.get_or_create(code=code, defaults={"name": name or f"事務所{code}"})[0]


def make_body(
    kind: str = "town", code: str = "", name: str = "", prefecture_code: str = "", **fields: Any
) -> Organization:
    """A body; the prefecture follows from the code."""
    return Organization.objects.create(
        kind=kind,
        code=code,
        name=name or f"試験町{next(_numbers)}",
        prefecture_code=prefecture_code or code[:2],
        **fields,
    )


def make_section(
    organization: Organization | None = None,
    name: str = "",
    office: Office | None = None,
    **fields: Any,
) -> Section:
    """A section of the body, or of an office (headquarters where none is given)."""
    if organization is None:
        office = office or make_office()
    name = name or f"試験課{next(_numbers)}"
    return Section.objects.create(organization=organization, office=office, name=name, **fields)


def make_post(section: Section, role: str, name: str = "") -> Post:
    """A post of the section."""
    return Post.objects.create(section=section, role=role, name=name or f"主査{next(_numbers)}")


def join(user: User, post: Post, starts_on: date = LONG_AGO, ends_on: date | None = None) -> User:
    """Put the user on the post, and forget what access was loaded before."""
    Membership.objects.create(user=user, post=post, starts_on=starts_on, ends_on=ends_on)
    user.refresh_from_db()
    return user


def make_staff(
    role: str = "officer",
    section: Section | None = None,
    *,
    user: User | None = None,
    password: str | None = None,
) -> User:
    """A member of CLAIR's staff: at headquarters, or at New York for the role `office`."""
    if section is None:
        section = make_section(office=make_office("NYC") if role == "office" else make_office())
    user = user or make_user(f"{role}{next(_numbers)}@clair.example", password=password)
    return join(user, make_post(section, role))


def make_member(
    organization: Organization,
    role: str = "submitter",
    section: Section | None = None,
    *,
    user: User | None = None,
    password: str | None = None,
) -> User:
    """A member of a section of the body: its first section, or a new one."""
    section = section or organization.sections.order_by("pk").first() or make_section(organization)
    return join(user or make_user(password=password), make_post(section, role))


def make_role(
    kind: str, holder: Organization, subject: Organization, **days: Any
) -> OrganizationRole:
    """The holder acts for the subject, since long ago unless days are given."""
    return OrganizationRole.objects.create(
        kind=kind, holder=holder, subject=subject, **{"valid_from": LONG_AGO, **days}
    )


def grant(section: Section, granted_to: Section, role: str = "viewer", **days: Any) -> SectionGrant:
    """The section lets the other act in its cases, since long ago unless days are given."""
    return SectionGrant.objects.create(
        section=section, granted_to=granted_to, role=role, **{"valid_from": LONG_AGO, **days}
    )


def api_key_for(user: User, scopes: tuple[str, ...] = ("read", "write"), days: int = 30) -> str:
    """The secret of a new key that acts for the user."""
    now = timezone.now()
    _key, secret = issue_api_key(
        by=user,
        now=now,
        user=user,
        name="test",
        scopes=list(scopes),
        expires_at=now + timedelta(days=days),
    )
    return secret


def bearer(user: User, **options: Any) -> dict[str, Any]:
    """Headers for Django's test client: a new key of the user."""
    return {"headers": {"Authorization": f"Bearer {api_key_for(user, **options)}"}}
