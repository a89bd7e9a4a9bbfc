"""Threads over the API: ask, answer, close, take up again; headquarters also note."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.exceptions import ValidationError as Refused
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import registry, workflow
from core.api.etag import optional_version
from core.api.idempotency import idempotent
from core.api.views import CaseFilter, CaseViewSet
from correspondence import actions
from correspondence.api.serializers import (
    MessageInput,
    TextInput,
    ThreadInput,
    ThreadLineSerializer,
    ThreadSerializer,
)
from correspondence.forms import PlainRecordForm
from correspondence.models import Message, Side, Thread, side_of


class ThreadFilter(CaseFilter):
    """`status`, `case` (an id), `waiting_for` (staff, body, nobody), `is_new`, `updated_since`."""

    case = filters.UUIDFilter(field_name="case_public_id")
    waiting_for = filters.ChoiceFilter(choices=Thread.Waiting.choices)
    is_new = filters.BooleanFilter()

    class Meta:
        model = Thread
        fields: list[str] = []


class ThreadViewSet(CaseViewSet):
    """The threads of the cases that the caller may see; nothing of them is edited."""

    queryset = Thread.objects.select_related("organization")
    serializer_class = ThreadSerializer
    filterset_class = ThreadFilter
    names_a_case = True  # a POST to the list is 404 where the case is not the caller's
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self) -> Any:
        """Say of the list's threads what is new to the caller."""
        rows: Any = super().get_queryset()
        is_list = self.action == "list" and self.request.user.is_authenticated
        return rows.with_news(self.request.user, timezone.now()) if is_list else rows

    def get_serializer_class(self) -> Any:
        """Leave the messages out of the list."""
        return ThreadLineSerializer if self.action == "list" else ThreadSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one thread; headquarters always get it whole, since notes change no version."""
        if side_of(request.user) == Side.STAFF:
            return self.answer(self.get_object())
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=ThreadInput, responses={201: ThreadSerializer})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Begin a thread in a case: a question, or (headquarters) a record."""
        data = _read(ThreadInput, request)
        case = self._case(data)
        is_record = data["kind"] != Message.Kind.MESSAGE
        thread = actions.begin(
            case,
            subject=data["subject"],
            by=request.user,
            now=timezone.now(),
            data=self._record(data, case) if is_record else _message(data),
            internal=is_record,
        )
        return self.answer(thread, status.HTTP_201_CREATED)

    @extend_schema(request=MessageInput, responses={201: ThreadSerializer})
    @action(detail=True, methods=["post"])
    def messages(self, request: Request, id: str) -> Response:
        """Answer the other side's question, or else ask; headquarters may note instead."""
        thread = self.get_object()
        if not workflow.allowed(thread, "ask", request.user):
            raise PermissionDenied
        return self._message(request, thread=thread)

    @idempotent
    def _message(self, request: Request, *, thread: Thread) -> Response:
        data = _read(MessageInput, request)
        if data["kind"] != Message.Kind.MESSAGE:
            record = self._record(data, thread)
            actions.add_record(thread, by=request.user, now=timezone.now(), **record)
            return self.answer(thread, status.HTTP_201_CREATED)
        is_own = thread.asked_by == side_of(request.user)
        moved = self._run(thread, "ask" if is_own else "answer", _message(data))
        return self.answer(moved, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ThreadSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, id: str) -> Response:
        """Note that the caller has seen the thread: nothing in it is new to them any more."""
        thread = self.get_object()
        actions.mark_seen(thread, by=request.user, now=timezone.now())
        return self.answer(thread)

    @extend_schema(request=None, responses=ThreadSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, id: str) -> Response:
        """Close the thread: nobody waits any more."""
        return self._transition(request, case=self.get_object(), name="close", rows=_rows("close"))

    @extend_schema(request=TextInput, responses=ThreadSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, id: str) -> Response:
        """Take a closed thread up again with a further question."""
        return self._transition(
            request, case=self.get_object(), name="reopen", rows=_rows("reopen")
        )

    def _run(self, thread: Thread, name: str, data: Any) -> Thread:
        version = optional_version(self.request, thread)
        now = timezone.now()
        return workflow.run(thread, name, by=self.request.user, now=now, data=data, version=version)

    def _case(self, data: dict[str, Any]) -> Any:
        """Return the case in the caller's scope; 404 where there is none."""
        try:
            model: Any = registry.model_by_label(data["case_label"])
        except LookupError as error:
            raise serializers.ValidationError(
                {"case_label": [_("There is no such kind of record.")]}
            ) from error
        try:
            return model.objects.visible_to(self.request.user).get(public_id=data["case"])
        except ObjectDoesNotExist as error:
            raise Http404 from error

    def _record(self, data: dict[str, Any], case: Any) -> dict[str, Any]:
        """Return a checked record; bodies keep none."""
        if side_of(self.request.user) == Side.BODY:
            raise PermissionDenied
        sent = {**data, **_message(data)}
        form = PlainRecordForm(sent, case=case, by=self.request.user, now=timezone.now())
        if not form.is_valid():
            raise Refused(form.errors.as_data())
        names = ("kind", "text", "called_on", "called_with", "files")
        return {name: form.cleaned_data[name] for name in names}


def _rows(name: str) -> list[workflow.Transition]:
    return workflow.workflow_for(Thread).named(name)


def _read(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    found = serializer(data=request.data)
    found.is_valid(raise_exception=True)
    return found.validated_data


def _message(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the act's form reads."""
    return {"text": data["text"], "files": [str(found) for found in data.get("files", ())]}
