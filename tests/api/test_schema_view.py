"""The schema is made once in each language, by one request at a time."""

from threading import Thread

from django.utils import translation
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from core.views import schema


def test_requests_at_once_make_it_once_in_each_language(monkeypatch):
    made: list[str] = []

    def make(self, request):
        made.append(translation.get_language())
        return Response({"title": f"in {translation.get_language()}"})

    def ask(language: str) -> None:
        with translation.override(language):
            answer = view(APIRequestFactory().get("/"))
        answers.add((language, answer.data["title"]))

    monkeypatch.setattr(SpectacularJSONAPIView, "_get_schema_response", make)
    monkeypatch.setattr(schema, "_made", {})
    view = schema.SchemaView.as_view(authentication_classes=[], throttle_classes=[])
    answers: set[tuple[str, str]] = set()
    threads = [Thread(target=ask, args=(language,)) for language in ("ja", "en") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == ["en", "ja"]
    assert answers == {("ja", "in ja"), ("en", "in en")}
