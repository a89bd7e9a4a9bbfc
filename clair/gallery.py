"""The gallery of components, for developers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component in its states."""
    return render(request, "components/gallery.html")
