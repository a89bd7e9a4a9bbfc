"""What the one search box finds of grants."""

from django.urls import reverse

from core.search import register
from grants.models import Application

register(
    Application,
    fields=(
        "receipt_number",
        "incoming_number",
        "title",
        "organization__name",
        "organization__kana",
        "organization__code",
    ),
    url=lambda application: reverse("admin:grants_application_change", args=[application.pk]),
    related=("organization",),
)
