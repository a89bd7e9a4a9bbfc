"""API addresses of grants."""

from rest_framework.routers import SimpleRouter

from grants.api.awards import AwardViewSet
from grants.api.changes import ChangeRequestViewSet
from grants.api.reviews import ReviewViewSet
from grants.api.views import ApplicationViewSet

router = SimpleRouter()
router.register("applications", ApplicationViewSet, basename="grants-application")
router.register("awards", AwardViewSet, basename="grants-award")
router.register("change-requests", ChangeRequestViewSet, basename="grants-changerequest")
router.register("reviews", ReviewViewSet, basename="grants-review")
urlpatterns = router.urls
