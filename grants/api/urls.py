"""API addresses of grants."""

from rest_framework.routers import SimpleRouter

from grants.api.views import ApplicationViewSet

router = SimpleRouter()
router.register("applications", ApplicationViewSet, basename="grants-application")
urlpatterns = router.urls
