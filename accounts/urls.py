"""Addresses of the pages of people."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("accounts/invitations/<str:token>/", views.InvitationView.as_view(), name="invitation"),
    path("people/", views.PeopleView.as_view(), name="people"),
    path(
        "people/memberships/<uuid:membership>/end/",
        views.EndMembershipView.as_view(),
        name="membership-end",
    ),
    path(
        "people/memberships/<uuid:membership>/deputise/",
        views.DeputyView.as_view(),
        name="membership-deputise",
    ),
    path(
        "people/invitations/<uuid:invitation>/resend/",
        views.act_on_invitation,
        {"act": "resend"},
        name="invitation-resend",
    ),
    path(
        "people/invitations/<uuid:invitation>/withdraw/",
        views.act_on_invitation,
        {"act": "withdraw"},
        name="invitation-withdraw",
    ),
    path("people/<uuid:person>/hand-over/", views.HandoverView.as_view(), name="handover"),
    path(
        "people/hand-overs/<uuid:handover>/cancel/",
        views.cancel_handover,
        name="handover-cancel",
    ),
    path("account/", views.ProfileView.as_view(), name="profile"),
    path("account/address/", views.AddressView.as_view(), name="address"),
    path(
        "account/address/<str:token>/", views.AddressConfirmView.as_view(), name="address-confirm"
    ),
    path("account/keys/", views.ApiKeysView.as_view(), name="api-keys"),
    path("account/keys/<uuid:key>/", views.ApiKeyView.as_view(), name="api-key"),
    path("account/keys/<uuid:key>/revoke/", views.revoke_api_key, name="api-key-revoke"),
]
