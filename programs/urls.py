"""Public addresses of the plan and the calls."""

from django.urls import path

from programs import eligibility, views

urlpatterns = [
    path("plan/", views.plan, name="plan"),
    path("plan/<int:fiscal_year>/", views.plan_year, name="plan-year"),
    path("calls/", views.calls, name="calls"),
    path("calls/<uuid:public_id>/", views.call, name="call"),
    path("calls/<uuid:public_id>/check/", eligibility.check, name="call-check"),
]
