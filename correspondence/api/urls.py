"""API addresses of threads."""

from rest_framework.routers import SimpleRouter

from correspondence.api.views import ThreadViewSet

router = SimpleRouter()
router.register("threads", ThreadViewSet, basename="correspondence-thread")
urlpatterns = router.urls
