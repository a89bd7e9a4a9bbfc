"""CommonGrants' shapes (v0.1), as the schema tells them and as search input is read."""
# ruff: noqa: N815 (the names are the protocol's)

from typing import Any

from rest_framework import serializers

MAX_PAGE = 100_000


class PageQuery(serializers.Serializer):
    """Which page, and how many on it."""

    page = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, default=1)
    pageSize = serializers.IntegerField(min_value=1, max_value=1000, default=100)


class SentAsText:
    """A field that takes text alone: a JSON number is refused, as the schema says."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")  # type: ignore[attr-defined]
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictText(SentAsText, serializers.CharField):
    """Text that was sent as text."""


class DecimalText(SentAsText, serializers.DecimalField):
    """A decimal number written as text, as CommonGrants' Money has it."""


class MoneySerializer(serializers.Serializer):
    """An amount as text, with its currency."""

    amount = DecimalText(max_digits=18, decimal_places=2)
    currency = serializers.RegexField(r"^[A-Z]{3}$")


class MoneyShownSerializer(serializers.Serializer):
    """An amount as text, with its currency."""

    amount = serializers.CharField()
    currency = serializers.CharField()


class StatusFilter(serializers.Serializer):
    """One of these states, or none of them."""

    operator = serializers.ChoiceField(choices=["in", "notIn"])
    value = serializers.ListField(child=StrictText(max_length=50), max_length=20)


class DateLimits(serializers.Serializer):
    """From and to, both included."""

    min = serializers.DateField()
    max = serializers.DateField()


class DateRangeFilter(serializers.Serializer):
    """Between two days of Japan, or outside."""

    operator = serializers.ChoiceField(choices=["between", "outside"])
    value = DateLimits()


class MoneyLimits(serializers.Serializer):
    """From and to, both included; another currency than JPY finds nothing."""

    min = MoneySerializer()
    max = MoneySerializer()


class MoneyRangeFilter(serializers.Serializer):
    """Between two amounts, or outside."""

    operator = serializers.ChoiceField(choices=["between", "outside"])
    value = MoneyLimits()


class FiltersSerializer(serializers.Serializer):
    """The standard filters; custom ones are named in `filterInfo.errors`."""

    status = StatusFilter(required=False)
    closeDateRange = DateRangeFilter(required=False)
    totalFundingAvailableRange = MoneyRangeFilter(required=False)
    minAwardAmountRange = MoneyRangeFilter(required=False)
    maxAwardAmountRange = MoneyRangeFilter(required=False)
    customFilters = serializers.DictField(required=False)


class SortingSerializer(serializers.Serializer):
    """By which field, and whether the greatest comes first."""

    sortBy = serializers.ChoiceField(
        choices=[
            "lastModifiedAt",
            "createdAt",
            "title",
            "status.value",
            "keyDates.closeDate",
            "funding.maxAwardAmount",
            "funding.minAwardAmount",
            "funding.totalAmountAvailable",
            "funding.estimatedAwardCount",
            "custom",
        ]
    )
    customSortBy = StrictText(required=False, max_length=100)
    sortOrder = serializers.ChoiceField(choices=["asc", "desc"], required=False)


class SearchSerializer(serializers.Serializer):
    """What to search; everything may be left out."""

    search = StrictText(required=False, allow_blank=True, max_length=255)
    filters = FiltersSerializer(required=False)
    sorting = SortingSerializer(required=False)
    pagination = PageQuery(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the first page of a hundred."""
        return {"pagination": {"page": 1, "pageSize": 100}, **attrs}


class StatusSerializer(serializers.Serializer):
    """forecasted, open or closed."""

    value = serializers.ChoiceField(choices=["forecasted", "open", "closed", "custom"])
    description = serializers.CharField()


class FundingSerializer(serializers.Serializer):
    """What one award may be."""

    details = serializers.CharField(required=False)
    minAwardAmount = MoneyShownSerializer(required=False)
    maxAwardAmount = MoneyShownSerializer(required=False)


class EventSerializer(serializers.Serializer):
    """A moment or a period."""

    name = serializers.CharField()
    eventType = serializers.ChoiceField(choices=["singleDate", "dateRange", "other"])
    description = serializers.CharField(required=False)
    date = serializers.DateField(required=False)
    time = serializers.RegexField(r"^\d\d:\d\d:\d\d$", required=False)
    startDate = serializers.DateField(required=False)
    endDate = serializers.DateField(required=False)


class TimelineSerializer(serializers.Serializer):
    """When applications open and close, and the project's period."""

    postDate = EventSerializer(required=False)
    closeDate = EventSerializer(required=False)
    otherDates = serializers.DictField(child=EventSerializer(), required=False)


class ApplicantTypeSerializer(serializers.Serializer):
    """Who may apply; kinds that CommonGrants does not know are `custom`."""

    value = serializers.CharField()
    customValue = serializers.CharField(required=False)
    description = serializers.CharField(required=False)


class CustomFieldSerializer(serializers.Serializer):
    """A field of our own."""

    name = serializers.CharField()
    fieldType = serializers.ChoiceField(choices=["integer"])
    value = serializers.IntegerField()
    description = serializers.CharField()


class OpportunitySerializer(serializers.Serializer):
    """A call as a funding opportunity."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    status = StatusSerializer()
    description = serializers.CharField()
    funding = FundingSerializer()
    keyDates = TimelineSerializer()
    acceptedApplicantTypes = ApplicantTypeSerializer(many=True)
    source = serializers.URLField()
    customFields = serializers.DictField(child=CustomFieldSerializer())
    createdAt = serializers.DateTimeField()
    lastModifiedAt = serializers.DateTimeField()


class SuccessSerializer(serializers.Serializer):
    """CommonGrants' envelope."""

    status = serializers.IntegerField()
    message = serializers.CharField()


class PaginationInfoSerializer(serializers.Serializer):
    """Which page this is, of how many."""

    page = serializers.IntegerField()
    pageSize = serializers.IntegerField()
    totalItems = serializers.IntegerField()
    totalPages = serializers.IntegerField()


class OpportunitiesSerializer(SuccessSerializer):
    """A page of opportunities."""

    items = OpportunitySerializer(many=True)
    paginationInfo = PaginationInfoSerializer()


class OpportunityResultSerializer(SuccessSerializer):
    """One opportunity."""

    data = OpportunitySerializer()


class SortInfoSerializer(serializers.Serializer):
    """How the page was sorted."""

    sortBy = serializers.CharField()
    sortOrder = serializers.ChoiceField(choices=["asc", "desc"])
    errors = serializers.ListField(child=serializers.CharField())


class FilterInfoSerializer(serializers.Serializer):
    """The filters as they were sent, and those that were not known."""

    filters = serializers.DictField()
    errors = serializers.ListField(child=serializers.CharField())


class SearchResultsSerializer(OpportunitiesSerializer):
    """A page of what was found."""

    sortInfo = SortInfoSerializer()
    filterInfo = FilterInfoSerializer()
