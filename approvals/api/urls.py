"""API addresses of approvals."""

from rest_framework.routers import SimpleRouter

from approvals.api.views import ApprovalViewSet

router = SimpleRouter()
router.register("approvals", ApprovalViewSet, basename="approvals-approval")
urlpatterns = router.urls
