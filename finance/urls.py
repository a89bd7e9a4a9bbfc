"""Addresses of finance's screens."""

from django.urls import include, path

from finance.views import BankAccountScreens, PaymentScreens, RepaymentScreens

app_name = "finance"
urlpatterns = [
    path("payments/", include(PaymentScreens.urls())),
    path("repayments/", include(RepaymentScreens.urls())),
    path("accounts/", include(BankAccountScreens.urls())),
]
