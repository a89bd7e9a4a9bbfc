"""The schema, made by one request at a time: drf-spectacular loads its extensions unguarded."""

from threading import Lock

from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request
from rest_framework.response import Response

_one_at_a_time = Lock()


class SchemaView(SpectacularJSONAPIView):
    """OpenAPI 3.1 as JSON, for everybody.

    Two first requests at once met half a list of extensions and one of them was told 500.
    """

    def _get_schema_response(self, request: Request) -> Response:
        """Make the schema while no other thread of the process does."""
        with _one_at_a_time:
            return super()._get_schema_response(request)
