"""Threads inside other pages: of one case, and what waits for a body."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone

from core import workflow
from correspondence.models import Side, Thread

register = template.Library()
SHOWN = 10
TONES = {"open": "warning", "answered": "success", "closed": "neutral"}


@register.filter
def tone(thread: Thread) -> str:
    """Return the tone of the thread's status tag."""
    return TONES[thread.status]


@register.inclusion_tag("correspondence/_case_threads.html")
def case_threads(case: Any, user: Any) -> dict[str, Any]:
    """List the threads of a case that the reader may see, and lead to a new one."""
    label = f"{case._meta.label_lower}:{case.public_id}"
    probe = Thread(case_label=case._meta.label, case_id=case.pk)
    is_staff = user.access.is_headquarters
    may_ask = workflow.allowed(probe, "add", user) and (is_staff or not probe.is_shut)
    found = Thread.objects.visible_to(user).of_case(case).with_news(user, timezone.now())
    threads = found.order_by("-last_at", "-pk")
    return {
        "threads": [{"thread": found, "url": _page(found, is_staff=is_staff)} for found in threads],
        "ask_url": f"{reverse('correspondence:thread-create')}?case={label}" if may_ask else "",
        "is_staff": is_staff,
    }


def _page(thread: Thread, *, is_staff: bool) -> str:
    return thread.get_staff_url() if is_staff else thread.get_absolute_url()


@register.inclusion_tag("correspondence/_waiting.html")
def threads_waiting(user: Any) -> dict[str, Any]:
    """List the threads in which the body has the next word: answered, or asked by CLAIR."""
    waiting = Thread.objects.visible_to(user).waiting_for(Side.BODY)
    waiting = waiting.with_news(user, timezone.now())
    return {"threads": waiting[:SHOWN]}
