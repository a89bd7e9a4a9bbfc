"""Four pages for the launcher's tests."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import path

from shop.models import Thing


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok")


def things(request: HttpRequest) -> HttpResponse:
    """What is in the database."""
    return HttpResponse(" ".join(Thing.objects.order_by("pk").values_list("name", flat=True)))


def add(request: HttpRequest) -> HttpResponse:
    """Write one row."""
    return HttpResponse(Thing.objects.create(name="added").name)


def beat(request: HttpRequest) -> HttpResponse:
    """What the worker left in the cache."""
    return HttpResponse(cache.get("beat", ""))


urlpatterns = [
    path("healthz", alive),
    path("things", things),
    path("add", add),
    path("beat", beat),
]
