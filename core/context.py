"""What every page shows around its content: names, links, language and who is signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

# Endonyms are not translated: readers look for their own language in it.
LANGUAGES = (("ja", "日本語"), ("en", "English"))
NAVIGATION = (
    ("home", _("Home")),
    ("plan", _("This year's plan")),
    ("calls", _("Calls")),
    ("results", _("Adopted projects")),
    ("statistics", _("Statistics")),
)
BODY_NAVIGATION = (
    ("grants:application-list", _("Applications")),
    ("grants:award-list", pgettext_lazy("navigation", "Awards")),
    ("finance:payment-list", _("Payments")),
    ("correspondence:thread-list", _("Questions and answers")),
    ("accounts:people", _("Colleagues")),
    ("accounts:api-keys", _("API keys")),
)
STAFF_NAVIGATION = (("admin:index", _("Administration")),)
FOOTER = (
    ("contact", pgettext_lazy("page", "Contact")),
    ("privacy", _("Privacy")),
    ("accessibility", _("Accessibility statement")),
    ("api-docs", _("API documentation")),
)


def portal(request: HttpRequest) -> dict[str, Any]:
    """Give templates `portal`; its parts are lazy, since many responses show none of them."""
    return {
        "portal": {
            "demo": settings.DEMO,
            "languages": _other_languages(),
            "path": request.get_full_path(),
            "home_url": _url("home" if _signed_in(request) else "front"),
            "search_url": _url("search"),
            "language_url": _url("set_language"),
            "logout_url": _url("account_logout"),
            "login_url": _url("account_login"),
            "security_url": _url("mfa_index"),
            "account_url": _url("accounts:profile"),
            "navigation": SimpleLazyObject(lambda: _navigation(request)),
            "footer": SimpleLazyObject(lambda: _links(FOOTER, request.path)),
            "identity": SimpleLazyObject(lambda: _identity(request)),
        }
    }


def _signed_in(request: HttpRequest) -> bool:
    return hasattr(request, "user") and request.user.is_authenticated


def _other_languages() -> list[dict[str, str]]:
    current = (get_language() or settings.LANGUAGE_CODE)[:2]
    return [{"code": code, "name": name} for code, name in LANGUAGES if code != current]


def _url(name: str) -> str:
    """Resolve a page, or nothing: apps that are not installed leave no dead links."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _links(pages: tuple[tuple[str, Any], ...], path: str) -> list[dict[str, Any]]:
    links = [{"url": _url(name), "label": label} for name, label in pages]
    return [link | {"current": link["url"] == path} for link in links if link["url"]]


def _navigation(request: HttpRequest) -> list[dict[str, Any]]:
    pages: tuple[tuple[str, Any], ...] = NAVIGATION if _signed_in(request) else NAVIGATION[1:]
    if _signed_in(request):
        pages += STAFF_NAVIGATION if request.user.is_staff else BODY_NAVIGATION
        if not request.user.is_staff:
            access = getattr(request.user, "access", None)
            held = {post.role for post in getattr(access, "posts", ())}
            by_role = settings.NAVIGATION_BY_ROLE
            pages += tuple((name, label) for name, role, label in by_role if role in held)
    return _links(pages, request.path)


def _identity(request: HttpRequest) -> dict[str, str]:
    """Name the person, the post and the body whose cases the page shows."""
    if not _signed_in(request):
        return {}
    access = getattr(request.user, "access", None)
    return {
        "name": getattr(request.user, "name", "") or str(request.user),
        "post": getattr(access, "post_label", ""),
        "body": getattr(access, "body_name", ""),
    }
