"""What the one search box finds of grants."""

from django.urls import reverse

from core.search import register
from grants.models import Application

register(
    Application,
    keys=("search_key", "organization__search_key"),
    url=lambda application: reverse("admin:grants_application_change", args=[application.pk]),
    related=("organization",),
)
