"""What the search box finds of this floor."""

from django.urls import reverse

from core import search
from programs.models import Call, PlanLine


def _plan_address(line: PlanLine) -> str:
    return f"{reverse('plan-year', args=[line.fiscal_year])}#{line.code}"


search.register(PlanLine, fields=("name", "name_en", "code"), url=_plan_address)
search.register(Call, fields=("title",), url=Call.get_absolute_url)
