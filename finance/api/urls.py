"""API addresses of finance."""

from rest_framework.routers import SimpleRouter

from finance.api.views import (
    BankAccountViewSet,
    CommitmentViewSet,
    EditionLedgerViewSet,
    PaymentViewSet,
    RepaymentViewSet,
    YearClosingViewSet,
)

router = SimpleRouter()
router.register("commitments", CommitmentViewSet, basename="finance-commitment")
router.register("payments", PaymentViewSet, basename="finance-payment")
router.register("repayments", RepaymentViewSet, basename="finance-repayment")
router.register("bank-accounts", BankAccountViewSet, basename="finance-bankaccount")
router.register("ledgers", EditionLedgerViewSet, basename="finance-ledger")
router.register("year-closings", YearClosingViewSet, basename="finance-yearclosing")
urlpatterns = router.urls
