"""Saving while one types."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core import workflow
from core.autosave import autosave
from core.fiscal import JST
from grants import sections
from grants.actions import moving
from grants.views.filling import SectionPage
from grants.views.sheet import ApplicationBudget, ApplicationParties

_FACES = {"budget": ApplicationBudget, "parties": ApplicationParties}


class Autosave(SectionPage):
    """Saving while one types: raw texts, compared with the version; a conflict shows all three."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **named: Any) -> Any:
        """401 where the session is over: a script follows no redirect to a sign-in page."""
        if not request.user.is_authenticated:
            return JsonResponse({"error": _("Sign in again. What you typed is kept.")}, status=401)
        return super().dispatch(request, *args, **named)

    @property
    def slug(self) -> str:  # type: ignore[override]
        """Return the section that the form names."""
        return self.request.POST.get("section", "")

    @cached_property
    def face(self) -> SectionPage:
        """Return the page whose form was sent."""
        face = _FACES.get(self.slug, SectionPage)()
        face.setup(self.request, **(self.kwargs | {"section": self.slug}))
        return face

    def post(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Keep what was typed, or say which fields a colleague changed too."""
        case = self.case()
        if not workflow.allowed(case, "change", request.user):
            raise PermissionDenied
        if not self.is_open(case):
            words = {"status": workflow.status_label(case, request.user)}
            text = _("The record can no longer be edited: its status is “%(status)s”.") % words
            return JsonResponse({"error": text}, status=409)
        moving.follow_form(case, by=request.user, now=timezone.now())
        if self.face.is_of_older_form(case):
            self.face.keep_older(case)
            text = _("The form was renewed meanwhile. What you typed is kept. Open the page again.")
            return JsonResponse({"error": text}, status=409)
        self.face.section  # noqa: B018 - 404 for a section that the form does not have
        return self._keep(case)

    def _keep(self, case: Any) -> HttpResponse:
        face, data = self.face, self.request.POST
        theirs, mine = face.theirs(case), face.mine(case, data)
        base = sections.read_base(case, data.get("base", ""))
        if base is None:
            return JsonResponse({"error": _("Open the page again and save.")}, status=400)
        merged, conflicts = sections.merge(base, mine, theirs)
        if conflicts:
            return self._conflict(case, base, mine, theirs, conflicts)
        try:
            case = autosave(
                case,
                by=self.request.user,
                version=case.version,
                raw=face.unsaved(case, merged),
            )
        except workflow.StaleVersion:
            return JsonResponse({"error": _("Try again."), "again": True}, status=409)
        # What I did not touch keeps its old base: a colleague's entry stays theirs until I see it.
        known = base | {name: mine[name] for name in mine if mine[name] != base.get(name)}
        return JsonResponse(
            {
                "version": case.version,
                "base": sections.sign(case, known),
                "saved_at": f"{timezone.now().astimezone(JST):%-H:%M}",
            }
        )

    def _conflict(
        self,
        case: Any,
        base: sections.Raw,
        mine: sections.Raw,
        theirs: sections.Raw,
        names: list[str],
    ) -> HttpResponse:
        face = self.face
        fields = [
            {
                "name": name,
                "label": face.label(case, name),
                "base": face.words(case, name, base.get(name, "")),
                "mine": face.words(case, name, mine[name]),
                "theirs": face.words(case, name, theirs[name]),
            }
            for name in names
        ]
        text = _("A colleague changed the same entry. Save to compare and choose.")
        return JsonResponse({"error": text, "conflicts": fields}, status=409)
