"""The body's pages of what stays after the money: assets, disposals, the tax credit."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import deadlines, workflow
from core.fiscal import era_date_plain
from core.forms import BehalfForm
from core.views import CaseScreens
from grants.actions import duties
from grants.behalf import begin_url
from grants.duty_desk import disposal_rows, tax_rows
from grants.duty_forms import ASSET_FIELDS, AssetForm, DisposalForm, TaxForm
from grants.filed import files_shown
from grants.models import Asset, Award, DisposalRequest, TaxCreditReport
from grants.views.awards import AwardScreens
from grants.views.part import CasePart

_TONES = {
    "draft": "neutral",
    "due": "warning",
    "approved": "success",
    "accepted": "success",
    "denied": "error",
    "returned_money": "warning",
}
_RELATED = (
    "organization",
    "section",
    "edition__section",
    "award__organization",
    "award__edition__section",
    "award__application__rule_set",
    "award__application__edition__rules",
)


def _shared(case: Any, user: Any) -> dict[str, Any]:
    """Return what the pages of both duties show alike."""
    add = reverse(f"grants:{case._meta.model_name}-files", args=[case.public_id])
    return {
        "award_url": case.award.get_absolute_url(),
        "status_tone": _TONES.get(case.status, "information"),
        "contact": case.edition.section,
        "files": files_shown(case),
        "files_url": add if workflow.may_edit(case, user) else "",
    }


class DisposalRequestScreens(CaseScreens):
    """Disposals of the body's assets."""

    model = DisposalRequest
    form_class = DisposalForm
    select_related = (*_RELATED, "asset")
    list_columns = tuple(
        (label, "")
        for label in (
            gettext_lazy("asset"),
            gettext_lazy("manner of disposal"),
            gettext_lazy("planned day"),
            gettext_lazy("status"),
        )
    )

    def create_url(self) -> str:
        """A disposal is begun from the register of its award."""
        return reverse("grants:award-list")

    def list_queryset(self, user: Any) -> Any:
        """Read what a row shows."""
        return super().list_queryset(user).select_related(None).select_related("asset")

    def list_row(self, case: DisposalRequest, user: Any) -> list[Any]:
        """Return the cells of one row."""
        return [
            case.asset.name,
            case.get_manner_display(),
            era_date_plain(case.planned_on),
            workflow.status_label(case, user),
        ]

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """404 without an asset."""
        return {"asset": self.asset(request)}

    def asset(self, request: HttpRequest) -> Asset:
        """Return the asset that the address names."""
        rows = Asset.objects.visible_to(request.user).select_related("award__edition")
        try:
            return get_object_or_404(rows, public_id=request.GET.get("asset", ""))
        except (ValueError, ValidationError) as error:
            raise Http404 from error

    def save_new(self, form: Any, request: HttpRequest) -> Any:
        """Begin the disposal."""
        return duties.begin_disposal(
            self.asset(request), by=request.user, now=timezone.now(), changes=form.changes()
        )

    def detail_context(self, case: DisposalRequest, request: HttpRequest) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "rows": disposal_rows(case),
            **_shared(case, request.user),
        }


class TaxCreditReportScreens(CaseScreens):
    """Tax credit reports of the body's awards."""

    model = TaxCreditReport
    form_class = TaxForm
    select_related = _RELATED
    list_columns = tuple(
        (label, "")
        for label in (
            gettext_lazy("title of the project"),
            gettext_lazy("report due"),
            gettext_lazy("status"),
        )
    )

    def create_url(self) -> str:
        """A report is asked for when the amount is fixed."""
        return reverse("grants:award-list")

    def list_queryset(self, user: Any) -> Any:
        """Read what a row shows."""
        return super().list_queryset(user).select_related(None).select_related("award")

    def list_row(self, case: TaxCreditReport, user: Any) -> list[Any]:
        """Return the cells of one row."""
        return [
            case.award.title,
            era_date_plain(case.due_on),
            workflow.status_label(case, user),
        ]

    def detail_context(self, case: TaxCreditReport, request: HttpRequest) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "rows": tax_rows(case),
            **_shared(case, request.user),
            "schedules": deadlines.schedule_of(case, now=timezone.now()),
        }


class AwardAssets(CasePart):
    """The register of what was bought with the grant, and a box for one more."""

    screens = AwardScreens()
    template = "grants/award_assets.html"
    title = gettext_lazy("Assets")

    def get(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Show the register to all who see the award."""
        case = self.case()
        return self._page(case, AssetForm() if self._may(case) else None)

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Register an asset; below the threshold the page says so."""
        case = self.editable()
        form = AssetForm(request.POST)
        behalf_form = BehalfForm(request.POST) if self.is_behalf(case) else None
        if not form.is_valid() or (behalf_form and not behalf_form.is_valid()):
            return self._page(case, form, 400)
        try:
            duties.register_asset(
                case,
                by=request.user,
                now=timezone.now(),
                values={name: form.cleaned_data[name] for name in ASSET_FIELDS},
                behalf=behalf_form.behalf(case) if behalf_form else None,
            )
        except ValidationError as error:
            form.add_error(
                None if not hasattr(error, "error_dict") else "unit_price", error.messages
            )
            return self._page(case, form, 400)
        except workflow.InvalidTransition as error:
            form.add_error(None, str(error))
            return self._page(case, form, 409)
        messages.success(request, _("Saved."))
        return redirect("grants:award-assets", public_id=case.public_id)

    def _may(self, case: Award) -> bool:
        user = self.request.user
        return workflow.allowed(case, "change", user) or workflow.may_file_for(case, user)

    def _page(self, case: Award, form: Any, status: int = 200) -> HttpResponse:
        rules = case.rules
        return self.show(
            case,
            status,
            form=form,
            behalf_form=BehalfForm(self.request.POST or None)
            if form and self.is_behalf(case)
            else None,
            threshold=duties.asset_threshold(case),
            years=rules.asset_years if rules else None,
            assets=[
                {"asset": asset, "url": self._disposal_url(case, asset)}
                for asset in case.assets.order_by("pk")
            ],
        )

    def _disposal_url(self, case: Award, asset: Asset) -> str:
        if self.is_behalf(case):
            return begin_url(DisposalRequest, asset, self.request.user)
        return f"{reverse('grants:disposalrequest-create')}?asset={asset.public_id}"
