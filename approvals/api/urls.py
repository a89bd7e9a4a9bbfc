"""API addresses of approvals."""

from rest_framework.routers import SimpleRouter

from approvals.api.views import ApprovalViewSet, RouteRuleViewSet

router = SimpleRouter()
router.register("approvals", ApprovalViewSet, basename="approvals-approval")
router.register("route-rules", RouteRuleViewSet, basename="approvals-routerule")
urlpatterns = router.urls
