"""Demo data: real municipalities and the real plan; the people are plainly invented."""

from datetime import datetime

from django.db import transaction

from accounts.actors import system_actor
from accounts.models import User
from clair.demo import awards, cases, crowd, editions, people, routes, stories, threads
from programs.moving import move_due_calls


def load(*, now: datetime) -> bool:
    """Load everything once, in one transaction; False where it is there already."""
    if User.objects.filter(email=people.address("officer")).exists():
        return False
    with transaction.atomic():
        users = people.load(now=now)
        users |= people.load_crowd(crowd.bodies(), now=now)
        routes.load(now=now)
        calls = editions.load(now=now)
        crowd.load_history(users, calls, now=now)
        awards.load(users, now=now)
        cases.load(users, calls, now=now)
        crowd.load_present(users, calls, now=now)
        stories.load(users, calls, now=now)
        threads.load(users, now=now)
        move_due_calls(by=system_actor(), now=now)
    return True
