"""The schema: the same for everybody, so it is made once in each language of a process."""

from threading import Lock
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request
from rest_framework.response import Response

_one_at_a_time = Lock()
_made: dict[str, Any] = {}


class SchemaView(SpectacularJSONAPIView):
    """OpenAPI 3.1 as JSON, for everybody.

    Two first requests at once met half a list of drf-spectacular's extensions, and one of them was
    told 500: one request at a time makes it.
    """

    def _get_schema_response(self, request: Request) -> Response:
        """Return the schema as it was made, or make it while no other thread of the process does."""
        language = get_language() or ""
        with _one_at_a_time:
            if language not in _made:
                _made[language] = super()._get_schema_response(request).data
        return Response(_made[language])
