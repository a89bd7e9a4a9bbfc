"""What the pages of a case's parts share: who may, saving, and where one goes next."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core import workflow
from core.forms import BehalfForm
from core.views.screens import ScreenView
from grants import sections
from grants.actions import moving, submission
from grants.views.screens import ApplicationScreens, comments, reply_url


class CasePart(ScreenView):
    """A part of a case that may be edited, saved over the version that was read; staff write it
    for a body whose paper arrived.
    """

    template = ""
    title: Any = ""
    refusal = 400
    problems: ClassVar[list[str]] = []

    def get(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Show the part's form, or lead back where the status allows no change any more."""
        case = self.editable()
        reason = workflow.why_not_editable(case, request.user)
        if not reason:
            return self.shown(case)
        messages.warning(request, reason)
        return redirect(self.screens.url("detail", case.public_id))

    def shown(self, case: Any) -> HttpResponse:
        """Show the form with what is stored."""
        raise NotImplementedError

    def editable(self) -> Any:
        """Return the case; 403 unless the user may change it, by own right or for the body."""
        case, user = self.case(), self.request.user
        may = workflow.allowed(case, "change", user) or workflow.may_file_for(case, user)
        if not may:
            raise PermissionDenied
        return case

    def is_behalf(self, case: Any) -> bool:
        """Say whether the user acts for the body (its paper arrived)."""
        return not workflow.allowed(case, "change", self.request.user)

    def posted_version(self) -> int:
        """Return the version that the page carried; 0 where it carried none."""
        version = self.request.POST.get("version", "")
        return int(version) if version.isdecimal() else 0

    def save(
        self,
        case: Any,
        children: Any,
        *,
        changes: dict[str, Any] | None = None,
        settled: Collection[str] = (),
        version: int | None = None,
    ) -> HttpResponse | None:
        """Write the part; None where it was refused and the page must be shown again."""
        self.refusal, behalf = 400, None
        if self.is_behalf(case):
            form = BehalfForm(self.request.POST)
            if not form.is_valid():
                self._problem([_("Say why you file on behalf and when the paper arrived.")])
                return None
            behalf = form.behalf(case)
        try:
            workflow.edit(
                case,
                by=self.request.user,
                now=timezone.now(),
                changes=changes or {},
                children=children,
                settled=settled,
                version=self.posted_version() if version is None else version,
                behalf=behalf,
            )
        except (workflow.StaleVersion, workflow.InvalidTransition) as error:
            self._problem([str(error)])
            self.refusal = 409
            return None
        except ValidationError as error:
            self._problem(error.messages)
            return None
        messages.success(self.request, _("Saved."))
        return redirect(self.back_url(case) if behalf else self.next_url(case))

    def _problem(self, texts: list[str]) -> None:
        """Keep what stands against saving, for the page or for the script that asked."""
        self.problems = texts
        if self.request.headers.get("Accept", "") != "application/json":
            for text in texts:
                messages.error(self.request, text)

    def back_url(self, case: Any) -> str:
        """Return where the page came from: staff who file a paper work in the admin."""
        if self.is_behalf(case):
            return case.staff_url()
        return self.screens.url("detail", case.public_id)

    def next_url(self, case: Any) -> str:
        """Return the case's page."""
        return self.screens.url("detail", case.public_id)

    def show(self, case: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Render the part's page; after a conflict, what is typed may be saved over what is there."""
        case.refresh_from_db()
        context = {
            "object": case,
            "title": self.title,
            "version": case.version,
            "crumbs": [{"label": str(case), "url": self.screens.url("detail", case.public_id)}],
            "cancel_url": self.back_url(case),
            "behalf_form": BehalfForm(self.request.POST or None) if self.is_behalf(case) else None,
            **context,
        }
        return render(self.request, self.template, context, status=status)


class PartView(CasePart):
    """A part of an application, whose form may have a new version meanwhile."""

    screens = ApplicationScreens()
    slug = ""
    moved_from = 0  # the version that was read, where this request moved the draft to its new form

    def editable(self) -> Any:
        """Move a draft to its form's new version first."""
        case = super().editable()
        read = case.version
        if moving.follow_form(case, by=self.request.user, now=timezone.now()):
            self.moved_from = read
        return case

    def posted_version(self) -> int:
        """Return the version that the page carried; 0 where it carried none."""
        read = super().posted_version()
        return read + 1 if read and read == self.moved_from else read

    def next_url(self, case: Any) -> str:
        """Return the next section after “save and go on”, else the list of sections."""
        if self.request.POST.get("go") != "next":
            return self.screens.url("detail", case.public_id)
        case.refresh_from_db()
        if case.status == case.Status.RETURNED:
            return self.correcting(case)
        return self.following(case)

    def correcting(self, case: Any) -> str:
        """Return the next comment elsewhere that waits; after the last one the check to submit."""
        found = sections.sections_of(case)
        waiting = submission.unanswered(case)
        for comment in submission.open_comments(case):
            section = sections.section_holding(found, comment.field)
            if f"comments.{comment.pk}" in waiting and section and section.slug != self.slug:
                return reply_url(case, comment)
        if waiting or not self.request.user.has_perm("grants.submit_application", case):
            return self.screens.url("detail", case.public_id)
        return self.screens.url("transition", case.public_id, "submit")

    def following(self, case: Any) -> str:
        """Return the section after this one; after the last one the list of sections."""
        found = sections.sections_of(case)
        slugs = [section.slug for section in found]
        index = slugs.index(self.slug) + 1 if self.slug in slugs else len(found)
        if index < len(found):
            return found[index].url(case)
        return self.screens.url("detail", case.public_id)

    def show(self, case: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Add the section, what comes after it and its comments."""
        context = {
            "section": self.slug,
            "following_url": self.following(case),
            "comments": [c for c in comments(case) if c["section"] == self.slug],
            **context,
        }
        return super().show(case, status, **context)
