"""/api/v1/grants/reviews/: sheets are assigned by staff, scored by their reviewer alone."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from core.api.idempotency import idempotent
from core.api.serializers import CaseSerializer, PublicIdField
from core.api.views import CaseFilter, CaseViewSet
from core.fiscal import today
from grants import reviewing
from grants.actions import review as actions
from grants.models import Application, Review
from programs.models import Criterion


class CriterionSerializer(serializers.ModelSerializer):
    """One criterion: points from 0 to `maximum`, counted `weight` times."""

    class Meta:
        model = Criterion
        fields = ["key", "name", "help", "weight", "maximum"]


class ReviewSerializer(CaseSerializer):
    """A score sheet; in a blind edition neither title nor body's name tell who applies."""

    application = PublicIdField(queryset=Application.objects.all())
    reviewer = PublicIdField(queryset=User.objects.all())
    receipt_number = serializers.CharField(source="application.receipt_number", read_only=True)
    title = serializers.SerializerMethodField()
    organization_name = serializers.SerializerMethodField()
    edition = serializers.UUIDField(source="application.edition.public_id", read_only=True)
    criteria = serializers.SerializerMethodField()
    scores = serializers.DictField(child=serializers.IntegerField(min_value=0), required=False)
    comments = serializers.DictField(
        child=serializers.CharField(max_length=2000, allow_blank=True), required=False
    )

    class Meta:
        model = Review
        fields = [
            "id",
            "status",
            "status_label",
            "version",
            "application",
            "reviewer",
            "receipt_number",
            "title",
            "organization_name",
            "edition",
            "due_on",
            "criteria",
            "scores",
            "comments",
            "overall",
            "total",
            "submitted_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["version", "total", "submitted_at"]

    def get_title(self, review: Review) -> str:
        """Return the project's title, the body's names masked where the review is blind."""
        return review.application.title if self._open(review) else reviewing.shown_title(review)

    def get_organization_name(self, review: Review) -> str | None:
        """Return the body's name; null to the reviewer of a blind edition."""
        is_hidden = reviewing.is_blind(review) and not self._open(review)
        return None if is_hidden else review.application.organization.name

    def _open(self, review: Review) -> bool:
        return bool(self.context["request"].user.access.is_headquarters)

    @extend_schema_field(CriterionSerializer(many=True))
    def get_criteria(self, review: Review) -> Any:
        """Return the edition's criteria in their order."""
        rows = sorted(review.application.edition.criteria.all(), key=lambda c: (c.order, c.pk))
        return CriterionSerializer(rows, many=True).data

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Who reviews what is set once; points and comments keep to the edition's criteria."""
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})
        if self.instance is None:
            return attrs
        fixed = sorted({"application", "reviewer", "due_on"} & set(attrs))
        if fixed:
            text = _("This cannot be changed any more.")
            raise serializers.ValidationError({name: [text] for name in fixed})
        criteria = {c.key: c for c in self.instance.application.edition.criteria.all()}
        for name in ("scores", "comments"):
            if set(attrs.get(name, {})) - set(criteria):
                text = _("There is no such criterion. Use the edition's keys.")
                raise serializers.ValidationError({name: [text]})
        for key, points in attrs.get("scores", {}).items():
            if points > criteria[key].maximum:
                text = _("Write whole points from 0 to %(most)d.")
                told = text % {"most": criteria[key].maximum}
                raise serializers.ValidationError({"scores": [f"{key}: {told}"]})
        return attrs


class ReviewFilter(CaseFilter):
    """Filters of the list."""

    application = filters.UUIDFilter("application__public_id")
    reviewer = filters.UUIDFilter("reviewer__public_id")
    edition = filters.UUIDFilter("application__edition__public_id")

    class Meta:
        model = Review
        fields = ["status", "updated_since"]


class ReviewViewSet(CaseViewSet):
    """Score sheets: staff assign and reopen them, the reviewer declares, scores and submits."""

    queryset = Review.objects.select_related(
        "application__organization",
        "application__section",
        "application__edition__section",
        "reviewer",
    ).prefetch_related("application__parties__organization", "application__edition__criteria")
    serializer_class = ReviewSerializer
    filterset_class = ReviewFilter

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Assign one reviewer to one application that is received or under review."""
        if not request.user.has_perm("grants.add_review"):
            raise PermissionDenied
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data, now = serializer.validated_data, timezone.now()
        if not actions.reviewers(today(now)).filter(pk=data["reviewer"].pk).exists():
            raise ValidationError({"reviewer": [_("This person holds no reviewer's post.")]})
        try:
            made = actions.assign(
                [data["application"]],
                [data["reviewer"]],
                by=request.user,
                now=now,
                due_on=data.get("due_on"),
            )
        except DjangoValidationError as error:
            raise ValidationError({"application": error.messages}) from error
        if not made:
            raise ValidationError({"reviewer": [_("Assigned already.")]})
        return self.answer(made[0], status.HTTP_201_CREATED)
