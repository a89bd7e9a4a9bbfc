"""Cursor paging: page 2,000 costs what page 1 does."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.response import Response


class CursorPaging(CursorPagination):
    """`limit` (default 50, at most 500) and `cursor`; links in the body and in `Link`."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "limit"
    cursor_query_param = "cursor"
    ordering = ("-pk",)

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        if "updated_since" in request.query_params and hasattr(queryset.model, "updated_at"):
            is_told = "told_at" in queryset.query.annotations  # not every change is theirs to know
            return ("told_at" if is_told else "updated_at", "pk")
        return getattr(view, "ordering", self.ordering)

    def get_page_size(self, request: Any) -> int:
        """Return `limit`; more than 500 is 500, and what is no number is refused."""
        given = request.query_params.get("limit", str(self.page_size))
        if not (given.isascii() and given.isdigit() and len(given) < 10 and int(given) > 0):
            raise ValidationError({"limit": [_("Write a number from 1 to 500.")]})
        return min(int(given), self.max_page_size)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        found = super().get_schema_operation_parameters(view)
        for parameter in found:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
                parameter["description"] = "Rows per page: 50 unless given; above 500 means 500."
        return found

    def decode_cursor(self, request: Any) -> Any:
        try:
            cursor = super().decode_cursor(request)
        except NotFound as error:
            raise ValidationError(
                {"cursor": [_("This cursor cannot be read. Follow “next” as it was given.")]}
            ) from error
        if request.query_params.get("cursor") and cursor == Cursor(0, False, None):  # noqa: FBT003
            raise ValidationError(
                {"cursor": [_("This cursor cannot be read. Follow “next” as it was given.")]}
            )
        return cursor

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, DjangoValidationError) as error:  # a cursor of another list
            raise ValidationError(
                {"cursor": [_("This cursor cannot be read. Follow “next” as it was given.")]}
            ) from error

    def get_paginated_response(self, data: Any) -> Response:
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        header = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items() if url)
        response = Response({**links, "results": data})
        if header:
            response["Link"] = header
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }
