"""/api/v1/grants/applications/"""

from collections.abc import Collection
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
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
from core.forms import behalf_from
from grants.actions import drafting, moving, rejudging
from grants.api.lists import BEHALF, BodyFilter, WholeLists
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
from grants.models import Application, ApplicationParty


class ApplicationFilter(BodyFilter):
    """Filters of the list."""

    call = filters.UUIDFilter("call__public_id")
    receipt_number = filters.CharFilter("receipt_number")

    class Meta:
        model = Application
        fields = ["status", "updated_since"]


class ApplicationViewSet(WholeLists):
    """Applications for grants: file, follow and decide them."""

    queryset = Application.objects.all()
    serializer_class = ApplicationSerializer
    list_serializer_class = ApplicationListSerializer
    filterset_class = ApplicationFilter
    detail_related = (
        "organization",
        "section",
        "call__edition",
        "call__form",
        "edition__section",
        "edition__rules",
        "edition__program",
        "form_version",
        "rule_set",
    )
    detail_lists = (
        "budget_lines",
        Prefetch(
            "parties",
            ApplicationParty.objects.select_related("organization").order_by("pk"),
        ),
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

    @extend_schema(
        request=BudgetLineSerializer(many=True), responses=ApplicationSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="budget-lines")
    def budget_lines(self, request: Request, id: str) -> Response:
        """Replace the whole list of lines of stage `applied`; totals are computed."""
        return self.write_list(
            request,
            lambda case: drafting.lines_writer(
                self.sent_rows(BudgetLineSerializer, **line_choices(case))
            ),
            "lines",
        )

    @extend_schema(
        request=PartySerializer(many=True), responses=ApplicationSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"])
    def parties(self, request: Request, id: str) -> Response:
        """Replace the whole list of joint bodies and implementers."""
        return self.write_list(
            request,
            lambda _case: drafting.parties_writer(self.sent_rows(PartySerializer)),
            "parties",
        )

    @extend_schema(
        request=FileLinkSerializer(many=True), responses=ApplicationSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="files")
    def file_list(self, request: Request, id: str) -> Response:
        """Replace the whole list of files, each with the question that it answers."""

        def children(case: Any) -> Any:
            rows = self.sent_rows(self.by_id(FileLinkSerializer, case), application=case)
            links = [(row["file"], row.get("question", "")) for row in rows]
            return drafting.files_writer(links, by=request.user)

        return self.write_list(request, children)

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
            rows = self.sent_rows(ReplySerializer)
            return drafting.replies_writer({row["id"]: row["answer"] for row in rows})

        return self.write_list(request, children)


def sole_section(user: Any) -> Section:
    """Return the one section that the caller may apply for; else it must be named."""
    mine = applying_sections(user)[:2]
    if len(mine) != 1:
        raise ValidationError({"section": [_("Choose the section of the body that applies.")]})
    return mine[0]
