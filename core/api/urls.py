"""API addresses of core: files and letters."""

from rest_framework.routers import SimpleRouter

from core.api.views import LetterViewSet, StoredFileViewSet

router = SimpleRouter()
router.register("files", StoredFileViewSet, basename="core-file")
router.register("letters", LetterViewSet, basename="core-letter")
urlpatterns = router.urls
