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
    path("account/keys/", views.ApiKeysView.as_view(), name="api-keys"),
    path("account/keys/<uuid:key>/", views.ApiKeyView.as_view(), name="api-key"),
    path("account/keys/<uuid:key>/revoke/", views.revoke_api_key, name="api-key-revoke"),
]
