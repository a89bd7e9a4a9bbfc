"""One's own API keys."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.forms import ApiKeyForm, RotationForm
from accounts.models import ApiKey


@method_decorator(never_cache, name="dispatch")
class ApiKeysView(LoginRequiredMixin, View):
    """One's own API keys; a new secret is shown once, in the answer that made it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        return self.page(ApiKeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make one and show its secret."""
        form = ApiKeyForm(request.POST)
        if not form.is_valid():
            return self.page(form)
        now = timezone.now()
        _key, secret = actions.issue_api_key(
            by=request.user,
            now=now,
            user=request.user,  # type: ignore[arg-type]
            name=form.cleaned_data["name"],
            scopes=form.scopes,
            expires_at=now + form.validity,
        )
        return self.page(ApiKeyForm(), secret=secret)

    def page(self, form: ApiKeyForm, secret: str = "") -> HttpResponse:
        """Show the keys above the form."""
        keys = ApiKey.objects.filter(user=self.request.user.pk).order_by("-pk")
        context = {
            "title": _("API keys"),
            "form": form,
            "keys": keys,
            "secret": secret,
            "now": timezone.now(),
        }
        return render(self.request, "accounts/api_keys.html", context)


@method_decorator(never_cache, name="dispatch")
class ApiKeyView(LoginRequiredMixin, View):
    """One of one's own keys: what it asked, and its successor made with an overlap."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the key among one's own (404)."""
        if request.user.is_authenticated:
            self.key = get_object_or_404(
                ApiKey.objects.select_related("replaces"),
                public_id=kwargs["key"],
                user=request.user.pk,
            )
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Show counters and requests."""
        return self.page(RotationForm())

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Make the successor and show its secret."""
        form = RotationForm(request.POST)
        if not form.is_valid():
            return self.page(form)
        overlap = timedelta(days=form.cleaned_data["overlap_days"])
        try:
            _key, secret = actions.rotate_api_key(
                by=request.user, now=timezone.now(), key=self.key, overlap=overlap
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.page(form)
        self.key.refresh_from_db()
        return self.page(form, secret=secret)

    def page(self, form: RotationForm, secret: str = "") -> HttpResponse:
        """Show the key."""
        now = timezone.now()
        requests = self.key.requests.order_by("-pk")[: actions.KEPT_REQUESTS]
        context = {
            "title": _("API key “%(name)s”") % {"name": self.key.name},
            "key": self.key,
            "form": form if self.key.is_usable(now) and not secret else None,
            "secret": secret,
            "usage": self.key.usage.order_by("-day")[:30],
            "requests": requests,
            "crumbs": [{"label": _("API keys"), "url": reverse("accounts:api-keys")}],
        }
        return render(self.request, "accounts/api_key.html", context)


@login_required
@require_POST
def revoke_api_key(request: HttpRequest, key: str) -> HttpResponse:
    """Make one of one's own keys open nothing."""
    found = get_object_or_404(ApiKey, public_id=key, user=request.user.pk)
    actions.revoke_api_key(by=request.user, now=timezone.now(), key=found)
    return redirect("accounts:api-keys")
