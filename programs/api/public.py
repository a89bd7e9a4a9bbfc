"""What the public faces of the calls share: no key, announced calls alone, amounts of the rules."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from core.japanese import normalize
from programs.models import Call
from programs.rules.data import RuleData


class PublicView(APIView):
    """Open to everybody; limited by network address alone."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]


def announced(now: datetime) -> Any:
    """Return the calls that everybody may see, with all that the answers need."""
    related = Call.objects.announced(now).select_related(
        "edition__program", "edition__rules", "edition__section", "form"
    )
    return related.order_by("-created_at", "-pk")


def containing(words: str) -> Q:
    """Match calls in which each of the words stands, full and half width alike."""
    found = Q()
    for word in normalize(words).split():
        found &= (
            Q(title__icontains=word)
            | Q(summary__icontains=word)
            | Q(edition__name__icontains=word)
            | Q(edition__name_en__icontains=word)
            | Q(edition__program__code__icontains=word)
        )
    return found


def rules_of(call: Call) -> RuleData | None:
    """Return the rules in force, or None where the edition has none yet."""
    return call.edition.rules.rules if call.edition.rules else None


def ceiling(call: Call) -> int | None:
    """Return the most that any body may ask for, in yen."""
    rules = rules_of(call)
    if rules is None:
        return None
    caps = [group.cap for group in rules.caps] + [rules.joint_cap or 0]
    return max(caps) or None
