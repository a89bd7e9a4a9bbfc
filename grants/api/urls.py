"""API addresses of grants."""

from rest_framework.routers import SimpleRouter

from grants.api.awards import AwardViewSet
from grants.api.changes import ChangeRequestViewSet
from grants.api.duties import AssetViewSet, DisposalRequestViewSet, TaxCreditReportViewSet
from grants.api.reviews import ReviewViewSet
from grants.api.views import ApplicationViewSet

router = SimpleRouter()
router.register("applications", ApplicationViewSet, basename="grants-application")
router.register("awards", AwardViewSet, basename="grants-award")
router.register("change-requests", ChangeRequestViewSet, basename="grants-changerequest")
router.register("assets", AssetViewSet, basename="grants-asset")
router.register("disposal-requests", DisposalRequestViewSet, basename="grants-disposalrequest")
router.register("tax-credit-reports", TaxCreditReportViewSet, basename="grants-taxcreditreport")
router.register("reviews", ReviewViewSet, basename="grants-review")
urlpatterns = router.urls
