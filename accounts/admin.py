"""The staff's pages of people, posts, bodies and offices."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.models import (
    ApiKey,
    Invitation,
    Membership,
    Office,
    OfficeJurisdiction,
    Organization,
    OrganizationRole,
    Post,
    Section,
    SectionGrant,
    User,
)
from core.admin import ScopedAdmin
from core.admin.base import ScopedTabularInline, TodayFilter
from core.forms import PlainReasonForm

for outside in (
    Group,
    EmailAddress,
    Authenticator,
    UserSession,
):  # roles are the only source of rights
    admin.site.unregister(outside)


class ReadOnlyInline(ScopedTabularInline):
    """Lines to read; they are changed on pages of their own, by actions."""

    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Add them on their own page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Change them on their own page."""
        return False


class MembershipInline(ReadOnlyInline):
    """The posts of a person, or the people of a post."""

    model = Membership
    fields = ["user", "post", "starts_on", "ends_on"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        related = ("user", "post__section__office", "post__section__organization")
        return rows.select_related(*related).order_by("-starts_on", "-pk")


class UserForm(forms.ModelForm):
    """Takes the address in any case and keeps it in lower case."""

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        return User.objects.normalize_email(self.cleaned_data["email"])

    def clean_is_active(self) -> bool:
        """Refuse to close the account of the last administrator."""
        is_active: bool = self.cleaned_data["is_active"]
        if not is_active and actions.is_last_administrator(self.instance, timezone.now()):
            raise ValidationError(
                _("This is the last administrator. Hand the post over to a successor first.")
            )
        return is_active


@admin.register(User)
class UserAdmin(ScopedAdmin):
    """People; an account is closed by taking the tick, a password is set by its owner alone."""

    form = UserForm
    list_display = ["email", "name", "kana", "is_active", "joined", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["email", "name", "kana"]
    fields = ["email", "name", "kana", "language", "is_active", "left_on", "joined", "last_login"]
    readonly_fields = ["left_on", "joined", "last_login"]
    ordering = ["email", "pk"]
    inlines = [MembershipInline]
    change_form_template = "admin/user_change_form.html"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """An account opened again is no leaver's any more; a new address is proven by its owner."""
        if obj.is_active:
            obj.left_on = None
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            actions.use_address(obj, verified=False)

    def written_fields(self, form: Any) -> set[str]:
        """A person who is no leaver any more has no last day."""
        return super().written_fields(form) | {"left_on"}

    def get_urls(self) -> list:
        """Add the act for a lost second factor."""
        view = self.admin_site.admin_view(self.reset_factor_view)
        name = "accounts_user_reset_factor"
        return [path("<int:pk>/reset-factor/", view, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Add the acts on a person that are possible now."""
        person: Any = self.get_object(request, object_id)
        extra = {
            "person": person,
            "may_hand_over": bool(
                person
                and actions.posts_to_hand_over(by=request.user, outgoing=person, now=timezone.now())
            ),
            "may_reset": bool(person) and self._may_reset(request, person),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def _may_reset(self, request: HttpRequest, person: Any) -> bool:
        return person.pk != request.user.pk and self.has_change_permission(request, person)

    def reset_factor_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason (GET), forget the person's second factors (POST)."""
        person: Any = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self._may_reset(request, person):
            raise PermissionDenied
        form = PlainReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                actions.reset_second_factor(
                    by=request.user, now=timezone.now(), user=person, reason=reason
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("The second factor was reset. The person was told."))
                return redirect("admin:accounts_user_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reset the second factor"),
            "opts": self.opts,
            "person": person,
            "form": form,
            "errors": form.errors,
        }
        return render(request, "admin/user_reset_factor.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People come by invitation."""
        return False


@admin.register(Organization)
class OrganizationAdmin(ScopedAdmin):
    """Bodies; a merger names the successor."""

    list_display = ["code", "name", "kana", "kind", "prefecture", "valid_to", "is_example"]
    list_display_links = ["code", "name"]
    list_filter = ["kind", "prefecture_code", "is_example"]
    search_fields = ["name", "kana", "name_en", "code", "corporate_number"]
    autocomplete_fields = ["parent", "successor"]
    ordering = ["prefecture_code", "code", "pk"]


@admin.register(OrganizationRole)
class OrganizationRoleAdmin(ScopedAdmin):
    """Branches, coordinating and contracting bodies."""

    list_display = ["kind", "holder", "subject", "valid_from", "valid_to"]
    list_filter = ["kind"]
    list_select_related = ["holder", "subject"]
    search_fields = ["holder__name", "subject__name", "subject__code"]
    autocomplete_fields = ["holder", "subject"]
    ordering = ["kind", "holder", "pk"]


class JurisdictionInline(ScopedTabularInline):
    """The countries of an office."""

    model = OfficeJurisdiction
    can_delete = False


@admin.register(Office)
class OfficeAdmin(ScopedAdmin):
    """Headquarters and overseas offices."""

    list_display = ["code", "name", "name_en", "opened", "time_zone"]
    search_fields = ["code", "name", "name_en"]
    ordering = ["pk"]
    inlines = [JurisdictionInline]


@admin.register(Section)
class SectionAdmin(ScopedAdmin):
    """Sections of offices and bodies."""

    list_display = ["name", "office", "organization", "sign", "mailbox", "phone", "valid_to"]
    list_filter = [TodayFilter, "office"]
    list_select_related = ["office", "organization"]
    search_fields = ["name", "organization__name", "organization__code"]
    autocomplete_fields = ["office", "organization"]
    ordering = ["office", "organization", "name", "pk"]


@admin.register(Post)
class PostAdmin(ScopedAdmin):
    """Posts with their roles and the people on them."""

    list_display = ["name", "section", "unit", "role", "mailbox", "valid_to"]
    list_filter = ["role"]
    list_select_related = ["section__office", "section__organization"]
    search_fields = ["name", "section__name", "section__organization__name"]
    autocomplete_fields = ["section"]
    ordering = ["section", "name", "pk"]
    inlines = [MembershipInline]

    @admin.display(description=_("office or body"))
    def unit(self, post: Post) -> str:
        """Name the office or body."""
        return post.section.unit.name


class MembershipForm(forms.ModelForm):
    """Only the last day changes once a person is on a post."""

    by: Any = None

    def clean(self) -> dict[str, Any]:
        """Refuse a last day that cannot be, the last administrator's too, and both sides."""
        cleaned = super().clean() or {}
        first = cleaned.get("starts_on") or self.instance.starts_on
        last = cleaned.get("ends_on")
        if self.instance.pk and last and "ends_on" in self.changed_data:
            actions.check_end(Membership.objects.get(pk=self.instance.pk), last, by=self.by)
        elif first and last and last < first:
            self.add_error(
                "ends_on", _("The last day cannot lie before the first day on the post.")
            )
        if cleaned.get("user") and cleaned.get("post"):
            actions.refuse_both_sides(cleaned["user"], cleaned["post"])
        return cleaned


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    """Who holds which post from when to when."""

    form = MembershipForm
    list_display = ["user", "post", "starts_on", "ends_on", "is_deputy"]
    list_filter = ["is_deputy"]
    list_select_related = ["user", "post__section"]
    search_fields = ["user__name", "user__email", "post__name", "post__section__name"]
    autocomplete_fields = ["user", "post"]
    date_hierarchy = "starts_on"
    ordering = ["-starts_on", "-pk"]
    change_form_template = "admin/membership_change_form.html"

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the form who asks; the class is made for this request."""
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["user", "post", "starts_on", "is_deputy"] if obj else ["is_deputy"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Assign or end by the action, which checks both sides and records."""
        now = timezone.now()
        if not change:
            made = actions.assign_post(
                by=request.user,
                now=now,
                user=obj.user,
                post=obj.post,
                starts_on=obj.starts_on,
                ends_on=obj.ends_on,
            )
            obj.pk, obj.public_id = made.pk, made.public_id
        elif "ends_on" in form.changed_data and obj.ends_on:
            actions.end_membership(by=request.user, now=now, membership=obj, ends_on=obj.ends_on)


@admin.register(Invitation)
class InvitationAdmin(ScopedAdmin):
    """Invitations; the link goes out by mail and is shown nowhere."""

    list_display = ["email", "post", "created_at", "expires_at", "accepted_at", "withdrawn_at"]
    list_select_related = ["post__section"]
    search_fields = ["email", "post__name"]
    autocomplete_fields = ["post"]
    fields = ["email", "post"]
    ordering = ["-pk"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An invitation is sent anew, not changed."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Invite by the action, which mails and records."""
        made = actions.invite(by=request.user, now=timezone.now(), email=obj.email, post=obj.post)
        obj.pk, obj.public_id = made.pk, made.public_id


@admin.register(SectionGrant)
class SectionGrantAdmin(ScopedAdmin):
    """What one section lets another do in its cases."""

    list_display = ["section", "granted_to", "role", "valid_from", "valid_to"]
    list_select_related = ["section", "granted_to"]
    search_fields = ["section__name", "granted_to__name"]
    autocomplete_fields = ["section", "granted_to"]
    ordering = ["-pk"]


@admin.register(ApiKey)
class ApiKeyAdmin(ScopedAdmin):
    """Keys without their secrets; here they can only be revoked."""

    list_display = ["name", "user", "prefix", "expires_at", "revoked_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__email", "prefix"]
    fields = ["name", "user", "prefix", "key_scopes", "expires_at", "revoked_at", "last_used_at"]
    readonly_fields = [
        "name",
        "user",
        "prefix",
        "key_scopes",
        "expires_at",
        "revoked_at",
        "last_used_at",
    ]
    actions = ["revoke"]
    ordering = ["-pk"]

    def history_words(self, obj: Any) -> dict[str, Any]:
        """Name what a key may do."""
        return {"read": _("read"), "write": _("write")}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A key is made by the person for whom it acts."""
        return False

    @admin.action(description=_("Revoke the keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """Make the chosen keys open nothing."""
        for key in queryset.select_related("user"):
            if self.has_change_permission(request, key):
                actions.revoke_api_key(by=request.user, now=timezone.now(), key=key)
