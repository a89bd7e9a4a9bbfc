"""API addresses of the plan, the editions and the calls."""

from rest_framework.routers import SimpleRouter

from programs.api.views import CallViewSet, EditionViewSet, PlanLineViewSet

router = SimpleRouter()
router.register("plan-lines", PlanLineViewSet, basename="programs-planline")
router.register("editions", EditionViewSet, basename="programs-edition")
router.register("calls", CallViewSet, basename="programs-call")
urlpatterns = router.urls
