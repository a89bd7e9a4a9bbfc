"""The schema is made by one request at a time: two first ones at once gave a 500."""

from threading import Barrier, BrokenBarrierError, Thread

from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from core.views.schema import SchemaView


def test_two_requests_do_not_make_it_at_once(monkeypatch):
    met, both = [], Barrier(2)

    def make(self, request):
        try:
            both.wait(timeout=0.3)
            met.append(True)
        except BrokenBarrierError:
            pass
        return Response({})

    monkeypatch.setattr(SpectacularJSONAPIView, "_get_schema_response", make)
    view = SchemaView.as_view(authentication_classes=[], throttle_classes=[])
    threads = [Thread(target=lambda: view(APIRequestFactory().get("/"))) for _one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert met == []
