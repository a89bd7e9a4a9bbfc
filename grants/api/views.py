"""/api/v1/grants/applications/"""

from collections.abc import Collection
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Section
from core import workflow
from core.api.etag import required_version
from core.api.idempotency import idempotent
from core.api.serializers import PublicIdField
from core.api.views import CaseFilter, CaseViewSet
from core.forms import BehalfForm, behalf_from
from core.models import StoredFile
from grants.actions import drafting, moving, rejudging
from grants.api.serializers import (
    ApplicationListSerializer,
    ApplicationSerializer,
    BudgetLineSerializer,
    FileLinkSerializer,
    JudgeAgainSerializer,
    JudgementSerializer,
    PartySerializer,
    ReplySerializer,
)
from grants.forms import applying_sections, line_choices
from grants.models import Application

BEHALF = [OpenApiParameter(name, str) for name in BehalfForm.base_fields]


class ApplicationFilter(CaseFilter):
    """Filters of the list."""

    organization = filters.UUIDFilter("organization__public_id")
    organization_code = filters.CharFilter("organization__code")
    edition = filters.UUIDFilter("edition__public_id")
    call = filters.UUIDFilter("call__public_id")
    fiscal_year = filters.NumberFilter("edition__fiscal_year")
    receipt_number = filters.CharFilter("receipt_number")

    class Meta:
        model = Application
        fields = ["status", "updated_since"]


class ApplicationViewSet(CaseViewSet):
    """Applications for grants: file, follow and decide them."""

    queryset = Application.objects.all()
    serializer_class = ApplicationSerializer
    filterset_class = ApplicationFilter

    def get_queryset(self) -> Any:
        """Read details with what they name and their lists, list rows without."""
        rows = super().get_queryset()
        if self.action == "list":
            return rows
        return rows.select_related(
            "organization",
            "section",
            "call__edition",
            "call__form",
            "edition__section",
            "edition__rules",
            "edition__program",
            "form_version",
            "rule_set",
        ).prefetch_related(
            "budget_lines",
            "parties__organization",
            "files__file",
            "comments",
            "form_version__questions",
        )

    def get_object(self) -> Any:
        """Move a draft that is to be written or submitted to its form's new version first."""
        case = super().get_object()
        is_read = self.request.method in SAFE_METHODS
        if is_read or self.kwargs.get("name", "submit") != "submit":
            return case
        if moving.follow_form(case, by=self.request.user, now=timezone.now()):
            if self.action == "transition":
                text = _("The form was renewed meanwhile. Look at what is new, then submit again.")
                raise ValidationError({"form_version": [text]})
            raise workflow.StaleVersion(case)
        return case

    def get_serializer_class(self) -> Any:
        """Lists are flat."""
        return ApplicationListSerializer if self.action == "list" else ApplicationSerializer

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Begin an application under an open call."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        changes = dict(serializer.validated_data)
        call = changes.pop("call")
        section = changes.pop("section", None) or sole_section(request.user)
        if section.organization_id is None:
            raise ValidationError({"section": [_("Choose the section of the body that applies.")]})
        probe = Application(organization=section.organization, section=section)
        case = drafting.begin(
            call=call,
            section=section,
            by=request.user,
            now=timezone.now(),
            changes=changes,
            behalf=behalf_from(request.data, probe),
        )
        return self.answer(case, status.HTTP_201_CREATED)

    def children(self, changes: dict[str, Any]) -> Any:
        """Compute the yen of the lines anew where the budget's currency changes."""
        return drafting.reprice if "currency" in changes else None

    def settled(self, changes: dict[str, Any]) -> Collection[str]:
        """Name the answers too, as the screens keep them while one types."""
        return (*changes, *(f"answer_{key}" for key in changes.get("answers", ())))

    def _write(self, request: Request, children: Any, *settled: str) -> Response:
        """Write a whole list; staff name reason and arrival of the paper in the address."""
        case = self.get_object()
        behalf = behalf_from(request.query_params, case)
        if not workflow.allowed(case, "change", request.user, behalf):
            self.permission_denied(request)
        saved = workflow.edit(
            case,
            by=request.user,
            now=timezone.now(),
            version=required_version(request, case),
            changes={},
            children=children(case),
            settled=settled,
            behalf=behalf,
        )
        return self.answer(saved)

    def _rows(self, serializer_class: Any, case: Any, data: Any, **context: Any) -> list[Any]:
        if not isinstance(data, list):
            raise ValidationError({"non_field_errors": [_("Send the whole list as a JSON array.")]})
        serializer = serializer_class(
            data=data, many=True, context={**self.get_serializer_context(), **context}
        )
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    @extend_schema(
        request=BudgetLineSerializer(many=True), responses=ApplicationSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="budget-lines")
    def budget_lines(self, request: Request, id: str) -> Response:
        """Replace the whole list of lines of stage `applied`; totals are computed."""
        return self._write(
            request,
            lambda case: drafting.lines_writer(
                self._rows(BudgetLineSerializer, case, request.data, **line_choices(case))
            ),
            "lines",
        )

    @extend_schema(
        request=PartySerializer(many=True), responses=ApplicationSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"])
    def parties(self, request: Request, id: str) -> Response:
        """Replace the whole list of joint bodies and implementers."""
        return self._write(
            request,
            lambda case: drafting.parties_writer(self._rows(PartySerializer, case, request.data)),
            "parties",
        )

    @extend_schema(
        request=FileLinkSerializer(many=True), responses=ApplicationSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="files")
    def file_list(self, request: Request, id: str) -> Response:
        """Replace the whole list of files, each with the question that it answers."""

        def children(case: Any) -> Any:
            rows = self._rows(_FileInput, case, request.data, application=case)
            links = [(row["file"], row.get("question", "")) for row in rows]
            return drafting.files_writer(links, by=request.user)

        return self._write(request, children)

    @extend_schema(methods=["GET"], responses=JudgementSerializer, filters=False)
    @extend_schema(methods=["POST"], request=JudgeAgainSerializer, responses=ApplicationSerializer)
    @action(detail=True, methods=["get", "post"], url_path="judge-again", pagination_class=None)
    def judge_again(self, request: Request, id: str) -> Response:
        """Judge a submitted application by the present rules; its audit names the reason."""
        case = self.get_object()
        if not request.user.has_perm(rejudging.PERMISSION, case):
            self.permission_denied(request)
        if request.method == "GET":
            found = rejudging.judgement_of(case)
            if found is None:
                raise workflow.InvalidTransition(_("The edition has no rules yet."))
            return Response(JudgementSerializer(found).data)
        version = required_version(request, case)
        given = JudgeAgainSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        saved = rejudging.judge_again(
            case,
            by=request.user,
            now=timezone.now(),
            reason=given.validated_data["reason"],
            version=version,
        )
        return self.answer(saved)

    @extend_schema(
        request=ReplySerializer(many=True), responses=ApplicationSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"])
    def replies(self, request: Request, id: str) -> Response:
        """Answer comments of a return."""

        def children(case: Any) -> Any:
            rows = self._rows(ReplySerializer, case, request.data)
            return drafting.replies_writer({row["id"]: row["answer"] for row in rows})

        return self._write(request, children)


def sole_section(user: Any) -> Section:
    """Return the one section that the caller may apply for; else it must be named."""
    mine = applying_sections(user)[:2]
    if len(mine) != 1:
        raise ValidationError({"section": [_("Choose the section of the body that applies.")]})
    return mine[0]


class _FileById(PublicIdField):
    """Looks only in the rows it is given; whether a file may be linked is the writer's to say."""

    def get_queryset(self) -> Any:
        return self.queryset


class _FileInput(FileLinkSerializer):
    """A file named by its id: the caller's own upload, or one that is there already."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        own = StoredFile.objects.filter(uploaded_by=self.context["request"].user)
        present = StoredFile.objects.filter(
            pk__in=self.context["application"].files.values("file_id")
        )
        fields["file"] = _FileById(queryset=own | present)
        return fields
