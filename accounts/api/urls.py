"""API addresses of accounts: /api/v1/accounts/…"""

from django.urls import path
from rest_framework.routers import SimpleRouter

from accounts.api.people import InvitationViewSet, MembershipViewSet
from accounts.api.views import ApiKeyViewSet, MeView, OfficeViewSet, OrganizationViewSet

router = SimpleRouter()
router.register("organizations", OrganizationViewSet, basename="accounts-organization")
router.register("offices", OfficeViewSet, basename="accounts-office")
router.register("keys", ApiKeyViewSet, basename="accounts-key")
router.register("memberships", MembershipViewSet, basename="accounts-membership")
router.register("invitations", InvitationViewSet, basename="accounts-invitation")
urlpatterns = [*router.urls, path("me/", MeView.as_view(), name="accounts-me")]
