"""The demo's accounts and API keys (docs/demo.md lists them)."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.actions import issue_api_key
from accounts.actors import system_actor
from accounts.models import Membership, Organization, Post, Section, User

FIRST_DAY_BEFORE = timedelta(days=400)
KEY_DAYS = timedelta(days=3650)

STAFF = (
    "officer",
    "manager",
    "director",
    "finance",
    "document-officer",
    "reviewer",
    "reviewer-b",
    "office",
    "administrator",
    "auditor",
)
_SUBMITS = (("submitter", "主事"),)
_GIVEN = (
    ("いちか", "イチカ"),
    ("うみ", "ウミ"),
    ("おとは", "オトハ"),
    ("かなた", "カナタ"),
    ("きっぺい", "キッペイ"),
    ("こはる", "コハル"),
    ("さつき", "サツキ"),
)
TOWN_A, TOWN_B, PREFECTURE = "105244", "014583", "100005"  # 大泉町, 東川町, 群馬県


@dataclass(frozen=True)
class Person:
    """One demo account: where it belongs and by which roles."""

    key: str
    name: str
    kana: str
    section: Section
    posts: tuple[tuple[str, str], ...]


def address(key: str) -> str:
    """Return the account's mail address: staff at clair.example, the others at example.jp."""
    domain = "clair.example" if key in STAFF else "example.jp"
    return f"demo-{key}@{domain}"


def load(*, now: datetime) -> dict[str, User]:
    """Make every account with its posts and its fixed key; returns them by name."""
    return {person.key: _make(person, now=now) for person in _people()}


def load_crowd(codes: Iterable[str], *, now: datetime) -> dict[str, User]:
    """Make one submitter for each body by its code; nobody knows a password of theirs."""
    names = zip(sorted(codes), itertools.cycle(_GIVEN), strict=False)
    return {
        code: _member(
            Person(code, f"見本 {name}", f"ミホン {kana}", _body(code, "国際課"), _SUBMITS),
            None,
            now=now,
        )
        for code, (name, kana) in names
    }


def _people() -> list[Person]:
    desk, affairs = _hq("多文化共生課"), _hq("総務課")
    return [
        Person("officer", "例示 一郎", "レイジ イチロウ", desk, (("officer", "主査"),)),
        Person("manager", "例示 二葉", "レイジ フタバ", desk, (("manager", "課長"),)),
        Person("director", "例示 三郎", "レイジ サブロウ", affairs, (("director", "事務局長"),)),
        Person("finance", "例示 四季", "レイジ シキ", affairs, (("finance", "経理主査"),)),
        Person(
            "document-officer",
            "例示 五月",
            "レイジ サツキ",
            affairs,
            (("document_officer", "文書主任"),),
        ),
        Person(
            "administrator",
            "例示 六花",
            "レイジ リッカ",
            affairs,
            (("administrator", "システム管理者"),),
        ),
        Person("auditor", "例示 七海", "レイジ ナナミ", affairs, (("auditor", "監査担当"),)),
        Person("office", "例示 八雲", "レイジ ヤクモ", _abroad("SIN"), (("office", "所長補佐"),)),
        Person(
            "reviewer",
            "例示 九重",
            "レイジ ココノエ",
            _example("審査委員会（例）", "審査委員会", "npo"),
            (("reviewer", "審査委員"),),
        ),
        Person(
            "reviewer-b",
            "例示 十和",
            "レイジ トワ",
            _example("審査委員会（例）", "審査委員会", "npo"),
            (("reviewer", "審査委員（二）"),),
        ),
        Person(
            "town-a",
            "見本 あかね",
            "ミホン アカネ",
            _body(TOWN_A, "国際協働課"),
            (("org_admin", "団体管理者"), ("submitter", "主事")),
        ),
        Person(
            "town-b",
            "見本 べに",
            "ミホン ベニ",
            _body(TOWN_B, "国際交流室"),
            (("org_admin", "団体管理者"), ("submitter", "主任")),
        ),
        Person(
            "prefecture",
            "見本 ちとせ",
            "ミホン チトセ",
            _body(PREFECTURE, "国際課"),
            (("org_admin", "団体管理者"), ("submitter", "主任")),
        ),
        Person(
            "association",
            "見本 だいち",
            "ミホン ダイチ",
            _association(),
            (("org_admin", "団体管理者"), ("submitter", "事業係長")),
        ),
        Person(
            "npo",
            "見本 かえで",
            "ミホン カエデ",
            _example("特定非営利活動法人 多文化のとびら（例）", "事務局", "npo"),
            (("org_admin", "団体管理者"), ("submitter", "事務局長")),
        ),
        Person(
            "jetaa",
            "見本 グレース",
            "ミホン グレース",
            _example("JETAAニューヨーク支部（例）", "役員会", "jetaa_chapter"),
            (("org_admin", "会長"), ("submitter", "会計")),
        ),
        Person(
            "partner",
            "見本 えにし",
            "ミホン エニシ",
            _example("連携システム運営会社（例）", "システム部", "company"),
            (("partner", "連携担当"),),
        ),
    ]


def _hq(name: str) -> Section:
    return Section.objects.get(office__code="HQ", name=name)


def _abroad(code: str) -> Section:
    return Section.objects.filter(office__code=code).order_by("pk")[0]


def _body(code: str, name: str) -> Section:
    body = Organization.objects.get(code=code, valid_to=None, parent=None)
    mailbox = f"section-{code}@example.jp"
    section, _new = Section.objects.get_or_create(
        organization=body, name=name, defaults={"mailbox": mailbox, "phone": "000-0000-0000"}
    )
    return section


def _association() -> Section:
    body = Organization.objects.get(
        kind="international_association", is_example=True, prefecture_code="10"
    )
    section, _new = Section.objects.get_or_create(
        organization=body, name="事業係", defaults={"mailbox": "section-association@example.jp"}
    )
    return section


def _example(name: str, section: str, kind: str) -> Section:
    body, _new = Organization.objects.get_or_create(
        name=name, kind=kind, defaults={"is_example": True}
    )
    return Section.objects.get_or_create(organization=body, name=section)[0]


def _make(person: Person, *, now: datetime) -> User:
    user = _member(person, settings.DEMO_PASSWORD, now=now)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    scopes = ["read"] if person.key in ("partner", "auditor") else ["read", "write"]
    issue_api_key(
        by=system_actor(),
        now=now,
        user=user,
        name="デモ",
        expires_at=now + KEY_DAYS,
        scopes=scopes,
        secret=f"demo-{person.key}",
    )
    return user


def _member(person: Person, password: str | None, *, now: datetime) -> User:
    """Make a user who holds the person's posts; without a password nobody signs in as them."""
    mailbox = address(person.key)
    user = User.objects.create_user(mailbox, password, name=person.name, kana=person.kana)
    starts_on = (now - FIRST_DAY_BEFORE).date()
    for role, post_name in person.posts:
        post = Post.objects.create(
            section=person.section, role=role, name=post_name, mailbox=user.email
        )
        Membership.objects.create(user=user, post=post, starts_on=starts_on)
    return user
