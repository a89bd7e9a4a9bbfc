"""What the one search box finds of grants."""

from core.search import register
from grants.models import Application

register(
    Application,
    keys=("search_key", "organization__search_key"),
    url=lambda application: application.staff_url(),
    related=("organization",),
)
