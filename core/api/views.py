"""Base viewsets: one small class per model says which rows and which fields."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.http import FileResponse, Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core import files, letter_batch, letters, receipts, registry, shown, workflow
from core.api.etag import etag, not_modified, optional_version, required_version, tagged
from core.api.filters import StrictFilterSet
from core.api.idempotency import idempotent
from core.api.listing import statement_for
from core.api.permissions import opens, require_opened
from core.api.serializers import (
    AvailableSerializer,
    JobSerializer,
    LetterPackInput,
    LetterSerializer,
    ReceiptSerializer,
    StoredFileSerializer,
)
from core.files import download
from core.forms import BehalfForm, behalf_from
from core.models import Letter, StoredFile

PLACE = {"limit", "cursor"}
OVERLAP = timedelta(minutes=2)  # updated_since overlaps: at least once (design.md §8)


def place_of(request: Request, made: Any) -> str:
    """Return the address of what a POST to a list made."""
    return request.build_absolute_uri(f"{request.path}{made.public_id}/")


class ScopedViewSet(viewsets.ReadOnlyModelViewSet):
    """Read the rows that the caller may see, by public id."""

    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = "[0-9a-f-]{36}"

    def get_queryset(self) -> models.QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.all().visible_to(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List what the caller may see."""
        statement = statement_for(self.get_serializer_class())
        if statement is None:
            return super().list(request, *args, **kwargs)
        rows = self.get_queryset()
        if set(request.query_params) - PLACE:  # else no filter can apply: no form for it
            rows = self.filter_queryset(rows)
        order = [n.lstrip("-") for n in self.paginator.get_ordering(request, rows, self)]
        page = self.paginate_queryset(rows.values(*dict.fromkeys(["pk", *order])))
        ids, serializer = [row["pk"] for row in page], self.get_serializer()
        found: Any = statement.rows(serializer, ids)
        if hasattr(serializer, "as_known"):
            found = serializer.as_known(ids, found)
        return self.get_paginated_response(found)

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except (ValueError, TypeError) as error:
            raise Http404 from error

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one record with its ETag; 304 where the caller has it."""
        return tagged(request, self.get_serializer(self.get_object()).data)


class CaseFilter(StrictFilterSet):
    """`status` as the caller may know it, and `updated_since`; subclass it for more."""

    status = filters.CharFilter(method="by_status")
    updated_since = filters.IsoDateTimeFilter(method="by_updated")

    def by_status(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Filter by shown status: hidden statuses answer only to what they are shown as."""
        if self.request.user.access.is_headquarters:
            return queryset.filter(status=value)
        hidden = workflow.workflow_for(queryset.model).hidden
        if value in hidden:
            return queryset.none()
        return queryset.filter(status__in=[value, *(k for k, v in hidden.items() if v == value)])

    def by_updated(self, queryset: models.QuerySet, name: str, value: Any) -> models.QuerySet:
        """Filter by change since, with two minutes' overlap."""
        return shown.known_since(queryset, self.request.user, value - OVERLAP)


class MadeByActsViewSet(mixins.UpdateModelMixin, ScopedViewSet):
    """A case that other acts make: read it, write it, POST to transitions/<name>/ to move it on."""

    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    verb = "view"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one case with its ETag; 304 where the caller has it."""
        case = self.get_object()
        tag = etag(case, request.user)
        if not_modified(request, tag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        return self.answer(case)

    def answer(self, case: Any, status_code: int = 200) -> Response:
        """Return the case as the caller sees it, freshly read, with its ETag."""
        fresh = self.get_queryset().get(pk=case.pk)
        headers = {"ETag": etag(fresh, self.request.user)}
        if status_code == status.HTTP_201_CREATED:
            headers["Location"] = place_of(self.request, fresh)
        return Response(self.get_serializer(fresh).data, status=status_code, headers=headers)

    def settled(self, changes: dict[str, Any]) -> Collection[str]:
        """Return the typed input that an edit has read; what people type elsewhere stays."""
        return tuple(changes)

    def children(self, changes: dict[str, Any]) -> Any:
        """Return what writes that which follows from a change; None for nothing."""
        return None

    def changes(self, serializer: Any) -> dict[str, Any]:
        """Return what to write; a subclass may add what follows from the input."""
        return dict(serializer.validated_data)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a case whose version is named by If-Match."""
        case = self.get_object()
        self._require_change(case)
        version = required_version(request, case)
        serializer = self.get_serializer(case, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        changes = self.changes(serializer)
        case = workflow.edit(
            case,
            by=request.user,
            now=timezone.now(),
            version=version,
            changes=changes,
            children=self.children(changes),
            settled=self.settled(changes),
            behalf=behalf_from(request.data, case),
        )
        return self.answer(case)

    def _require_change(self, case: Any) -> None:
        """403 before 428: a caller who may never edit need not send a version."""
        behalf = behalf_from(self.request.data, case)
        if not workflow.allowed(case, "change", self.request.user, behalf):
            self.permission_denied(self.request)

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        parameters=[OpenApiParameter("name", str, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["post"], url_path=r"transitions/(?P<name>[a-z_]+)")
    def transition(self, request: Request, id: str, name: str) -> Response:
        """Make one transition; 404 out of scope, 403 not allowed, 409 not possible now."""
        case = self.get_object()
        try:
            rows = workflow.workflow_for(case).named(name)
        except LookupError as error:
            raise Http404 from error
        return self._transition(request, case=case, name=name, rows=rows)

    @idempotent
    def _transition(self, request: Request, *, case: Any, name: str, rows: list) -> Response:
        data = self.transition_data(rows[0], request.data)
        case = workflow.run(
            case,
            name,
            by=request.user,
            now=timezone.now(),
            data=data,
            version=optional_version(request, case),
            behalf=behalf_from(request.data, case),
        )
        return self.answer(case)

    def transition_data(self, row: workflow.Transition, data: Any) -> Any:
        """Return the body for the act's form; unknown names are refused, not ignored."""
        if not isinstance(data, Mapping):
            raise ValidationError({"non_field_errors": [_("Send a JSON object.")]})
        known = set(row.form.base_fields) if row.form else set()
        unknown = set(data) - known - set(BehalfForm.base_fields)
        if unknown:
            raise ValidationError({name: [_("Unknown field.")] for name in sorted(unknown)})
        return data

    @extend_schema(responses=AvailableSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def available(self, request: Request, id: str) -> Response:
        """List the acts that the caller may make now."""
        rows = workflow.available(self.get_object(), request.user)
        return Response(AvailableSerializer(rows, many=True).data)

    @extend_schema(responses=LetterSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, url_path="letters")
    def letter_list(self, request: Request, id: str) -> Response:
        """List the case's letters."""
        found = letters.for_case(self.get_object(), request.user)
        return Response(
            LetterSerializer(found, many=True, context=self.get_serializer_context()).data
        )

    @extend_schema(responses=ReceiptSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, url_path="receipts")
    def receipt_list(self, request: Request, id: str) -> Response:
        """List the case's receipts, first submission first."""
        found = receipts.for_case(self.get_object())
        return Response(ReceiptSerializer(found, many=True).data)


class CaseViewSet(mixins.CreateModelMixin, MadeByActsViewSet):
    """A case that is made here too."""

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a case in its initial status."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        changes = self.changes(serializer)
        probe = self.queryset.model(**changes)
        case = workflow.create(
            self.queryset.model,
            by=request.user,
            now=timezone.now(),
            changes=changes,
            behalf=behalf_from(request.data, probe),
        )
        return self.answer(case, status.HTTP_201_CREATED)


class StoredFileViewSet(
    mixins.CreateModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Upload a file, read its facts, download it. Link it to a case with the case's own list."""

    queryset = StoredFile.objects.all()
    serializer_class = StoredFileSerializer
    parser_classes = [MultiPartParser]
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = "[0-9a-f-]{36}"

    @extend_schema(
        request={
            "multipart/form-data": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
        responses={201: StoredFileSerializer},
    )
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keep an upload; it is its uploader's until a case takes it, and swept after 7 days."""
        upload = request.FILES.get("file")
        if upload is None:
            raise ValidationError({"file": [_("Send one file as multipart field “file”.")]})
        stored = files.store(upload, by=request.user)
        data = self.get_serializer(stored).data
        headers = {"Location": place_of(request, stored)}
        return Response(data, status=status.HTTP_201_CREATED, headers=headers)

    def get_object(self) -> StoredFile:
        try:
            stored = self.queryset.filter(public_id=self.kwargs["id"]).first()
        except DjangoValidationError:  # not a UUID at all
            stored = None
        if stored is None or not files.may_download(stored, self.request.user):
            raise Http404
        require_opened(self.request, files.apps_of(stored, self.request.user))
        return stored

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the file's facts with their ETag."""
        return tagged(request, self.get_serializer(self.get_object()).data)

    @extend_schema(
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (200, "*/*"): OpenApiTypes.BINARY,  # its own type, as the file's facts tell
        }
    )
    @action(detail=True)
    def content(self, request: Request, id: str) -> FileResponse:
        """Download the content, always as an attachment."""
        return download(self.get_object(), by=request.user)


class LetterViewSet(ScopedViewSet):
    """The letters of the cases that the caller may see."""

    queryset = Letter.objects.select_related("file")
    serializer_class = LetterSerializer

    def get_queryset(self) -> models.QuerySet:
        """Leave out the letters of apps that the caller's key does not read."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        cases = [m for m in registry.case_models() if opens(self.request, m._meta.app_label)]
        return rows.filter(case_label__in=[m._meta.label for m in cases])

    @extend_schema(request=LetterPackInput, responses={202: JobSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    @idempotent
    def pack(self, request: Request) -> Response:
        """Begin a job that puts the named letters into one ZIP; follow `Location` until it ends."""
        asked = LetterPackInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = set(asked.validated_data["letters"])
        found = list(self.get_queryset().filter(public_id__in=wanted))
        if len(found) != len(wanted):
            raise ValidationError({"letters": [_("A letter is not there or not yours to read.")]})
        job = letter_batch.start(found, by=request.user)
        place = reverse("core-job-detail", args=[job.public_id], request=request)
        data = JobSerializer(job, context=self.get_serializer_context()).data
        return Response(data, status=status.HTTP_202_ACCEPTED, headers={"Location": place})

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def content(self, request: Request, id: str) -> FileResponse:
        """Download the PDF; 404 until it is issued."""
        letter = self.get_object()
        if letter.file is None:
            raise Http404
        return download(letter.file, by=request.user)
