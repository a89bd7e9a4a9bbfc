"""How allauth behaves here: no sign-up, mails through the outbox, staff keep a second factor."""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actions
from core import outbox
from core.fiscal import deadline_text

RESET_PREFIX = "account/email/password_reset_key"
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come by invitation only; sign-in mails are notices like all others."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody opens an account without an invitation."""
        return False

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """End the oldest sessions first: allauth looks at every one of them at each sign-in."""
        actions.end_oldest_sessions(user)
        return super().post_login(request, user, **kwargs)

    def format_email_subject(self, subject: str) -> str:
        """Leave the subject as the template has it."""
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail; an address without an account gets none, and the page does not tell."""
        if template_prefix == "account/email/unknown_account":
            return
        if template_prefix == RESET_PREFIX:
            self._send_reset(email, context)
            return
        message = self.render_mail(template_prefix, email, {"email": email, **context})
        self._enqueue(email, message.subject, str(message.body), template_prefix)

    def _send_reset(self, email: str, values: dict[str, Any]) -> None:
        template = "accounts/mail/password_reset"
        expires = timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        words = {
            "link": values["password_reset_url"],
            "due": deadline_text(expires),
            "recipient": outbox.Recipient(email, values["user"].name),
        }
        subject = render_to_string(f"{template}.subject.txt", words)
        body = render_to_string(f"{template}.body.txt", words)
        self._enqueue(email, subject, body, template)

    def _enqueue(self, email: str, subject: str, body: str, template: str) -> None:
        outbox.enqueue_rendered(
            recipient=email,
            subject=" ".join(subject.split()),
            body=body.strip() + "\n",
            template=template,
        )


class MfaAdapter(DefaultMFAAdapter):
    """Staff may change their second factor, but not go without one."""

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Refuse to remove the last TOTP or passkey of a member of staff."""
        if settings.STAFF_MFA_OPTIONAL or not authenticator.user.is_staff:
            return True
        left = Authenticator.objects.filter(user=authenticator.user, type__in=SECOND_FACTORS)
        return left.exclude(pk=authenticator.pk).exists()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the portal in the browser's passkey dialog."""
        host = context.request.get_host().partition(":")[0]
        return {"id": host, "name": _("CLAIR portal")}
