"""The pages that every public site owes its readers."""

from django.views.generic import TemplateView

contact = TemplateView.as_view(template_name="core/pages/contact.html")
privacy = TemplateView.as_view(template_name="core/pages/privacy.html")
accessibility = TemplateView.as_view(template_name="core/pages/accessibility.html")
