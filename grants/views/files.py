"""The page of a case's files: many at once, each refusal says why; one may be taken out."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import files, uploads
from grants.actions import papers
from grants.filed import files_shown
from grants.views.changes import ChangeRequestScreens
from grants.views.duties import DisposalRequestScreens, TaxCreditReportScreens
from grants.views.part import CasePart


class FilesPart:
    """What the files' pages of all cases share; stands before a CasePart."""

    template = "grants/case_files.html"
    title = gettext_lazy("Papers")
    hint = gettext_lazy("Add one or several files below.")
    request: HttpRequest

    def files_form(self, case: Any, data: Any = None, **given: Any) -> forms.Form:
        """Return the form that asks what the files are; empty where nothing is asked."""
        return forms.Form(data, **given)

    def adder(self, stored: list[Any], form: Any) -> Any:
        """Return the writer that adds the files."""
        return papers.add_files(stored, by=self.request.user)

    def remover(self, stored: Any) -> Any:
        """Return the writer that takes one out."""
        return papers.remove_file(stored, by=self.request.user)

    def files_there(self, case: Any) -> list[dict[str, Any]]:
        """Return the files as the page shows them."""
        return files_shown(case)

    def read_version(self, case: Any) -> int:
        """Return the version over which the files are added."""
        return self.posted_version()  # type: ignore[attr-defined,no-any-return]

    def shown(self, case: Any) -> HttpResponse:
        """Show what is there and a box for more."""
        return self._page(case)

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Keep the good files, and say of each other one why not."""
        case = self.editable()  # type: ignore[attr-defined]
        if request.POST.get("remove"):
            return self._remove(case, request.POST["remove"])
        form = self.files_form(case, request.POST)
        sent = request.FILES.getlist("files")
        if not form.is_valid() or not sent:
            return self._page(case, [_("Choose at least one file.")], 400)
        stored, refused = self._store(sent)
        done = None
        if stored:
            version = self.read_version(case)
            done = self.save(case, self.adder(stored, form), version=version)  # type: ignore[attr-defined]
        if self.wants_json:
            return self._told(stored if done else [], refused)
        if done and not refused:
            return done
        return self._page(self.editable(), refused, self.refusal)  # type: ignore[attr-defined]

    @property
    def wants_json(self) -> bool:
        """Say whether upload.js asks, which sends the files one by one."""
        return self.request.headers.get("Accept", "") == "application/json"

    def _told(self, stored: list[Any], refused: list[str]) -> JsonResponse:
        """Answer upload.js: what was kept, what not and why, and the version to go on with."""
        body = {"stored": [f.name for f in stored], "refused": refused + self.problems}  # type: ignore[attr-defined]
        version = self.editable().version  # type: ignore[attr-defined]
        return JsonResponse(body | {"version": version}, status=200 if stored else 400)

    def _store(self, sent: list[Any]) -> tuple[list[Any], list[str]]:
        stored, refused = [], []
        for upload in sent:
            try:
                stored.append(files.store(upload, by=self.request.user))
                self._tell_position(stored[-1], upload)
            except ValidationError as error:
                refused += error.messages
        return stored, refused

    def _tell_position(self, stored: Any, upload: Any) -> None:
        if stored.content_type.startswith("image/") and uploads.tells_position(upload.file):
            text = _("“%(name)s” tells where it was taken. Take it out if nobody should know.")
            messages.warning(self.request, text % {"name": stored.name})

    def _remove(self, case: Any, public_id: str) -> HttpResponse:
        links = case.files.select_related("file")
        found = next((x.file for x in links if str(x.file.public_id) == public_id), None)
        done = self.save(case, self.remover(found)) if found else None  # type: ignore[attr-defined]
        return done or self._page(case, status=self.refusal)  # type: ignore[attr-defined]

    def _page(self, case: Any, refused: list[str] | None = None, status: int = 200) -> HttpResponse:
        chosen = self.request.POST.get("question")
        return self.show(  # type: ignore[attr-defined,no-any-return]
            case,
            status,
            form=self.files_form(case, initial={} if chosen is None else {"question": chosen}),
            files=self.files_there(case),
            refused=refused or [],
            hint=self.hint,
        )


class ChangeFiles(FilesPart, CasePart):
    """The files of a change."""

    screens = ChangeRequestScreens()


class DisposalFiles(FilesPart, CasePart):
    """The files of a disposal."""

    screens = DisposalRequestScreens()


class TaxReportFiles(FilesPart, CasePart):
    """The files of a tax credit report."""

    screens = TaxCreditReportScreens()
