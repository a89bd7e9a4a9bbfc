"""Whole lists of a case by PUT; details with what they name, lists flat; filters by body and year."""

from typing import Any, ClassVar

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core import workflow
from core.api.etag import required_version
from core.api.serializers import PublicIdField, StoredFileSerializer
from core.api.views import CaseFilter, MadeByActsViewSet
from core.forms import BehalfForm, behalf_from
from core.models import StoredFile
from grants.actions import papers

BEHALF = [OpenApiParameter(name, str) for name in BehalfForm.base_fields]


class BodyFilter(CaseFilter):
    """Filters of a list of bodies' cases."""

    organization = filters.UUIDFilter("organization__public_id")
    organization_code = filters.CharFilter("organization__code")
    edition = filters.UUIDFilter("edition__public_id")
    fiscal_year = filters.NumberFilter("edition__fiscal_year")


class FileById(PublicIdField):
    """Looks only in the rows it is given; whether a file may be linked is the writer's to say."""

    def get_queryset(self) -> Any:
        return self.queryset


class CaseFileSerializer(serializers.Serializer):
    """A file of a case."""

    file = PublicIdField(queryset=StoredFile.objects.all())
    facts = StoredFileSerializer(source="file", read_only=True)


def files_in_order(link: Any) -> Prefetch:
    """Return how the files of a case's detail are read."""
    return Prefetch("files", link.objects.select_related("file").order_by("order", "pk"))


class WholeLists(MadeByActsViewSet):
    """A case whose lists are written whole; its list is flat, its detail reads what it names."""

    list_serializer_class: ClassVar[Any] = None
    detail_related: ClassVar[tuple[str, ...]] = ()
    detail_lists: ClassVar[tuple[Any, ...]] = ()

    def get_queryset(self) -> Any:
        """Read details with what they name and their lists, list rows without."""
        rows = super().get_queryset()
        if self.action == "list":
            return rows
        return rows.select_related(*self.detail_related).prefetch_related(*self.detail_lists)

    def get_serializer_class(self) -> Any:
        """Lists are flat."""
        return self.list_serializer_class if self.action == "list" else self.serializer_class

    def write_list(self, request: Request, make: Any, *settled: str) -> Response:
        """Write a whole list; staff name reason and arrival of the paper in the address."""
        case = self.get_object()
        behalf = behalf_from(request.query_params, case)
        if not workflow.allowed(case, "change", request.user, behalf):
            self.permission_denied(request)
        version = required_version(request, case)
        saved = workflow.edit(
            case,
            by=request.user,
            now=timezone.now(),
            version=version,
            changes={},
            children=make(case),
            settled=settled,
            behalf=behalf,
        )
        return self.answer(saved)

    def sent_rows(self, serializer_class: Any, **context: Any) -> list[Any]:
        """Return the rows of the list that was sent, or 400."""
        data = self.request.data
        if not isinstance(data, list):
            raise ValidationError({"non_field_errors": [_("Send the whole list as a JSON array.")]})
        context = {**self.get_serializer_context(), **context}
        serializer = serializer_class(data=data, many=True, context=context)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def by_id(self, serializer_class: type, case: Any) -> type:
        """Return the serializer that finds the caller's own uploads and the files that are there."""
        own = StoredFile.objects.filter(uploaded_by=self.request.user)
        present = StoredFile.objects.filter(pk__in=case.files.values("file_id"))
        field = FileById(queryset=own | present)
        return type(f"{serializer_class.__name__}Input", (serializer_class,), {"file": field})


class WithFiles(WholeLists):
    """A later case of an award: its files are one list."""

    @extend_schema(request=CaseFileSerializer(many=True), parameters=BEHALF)
    @action(detail=True, methods=["put"], url_path="files")
    def file_list(self, request: Request, id: str) -> Response:
        """Replace the whole list of the case's files."""

        def make(case: Any) -> Any:
            rows = self.sent_rows(self.by_id(CaseFileSerializer, case))
            return papers.files_writer([row["file"] for row in rows], by=request.user)

        return self.write_list(request, make)
