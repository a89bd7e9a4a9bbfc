"""Parts of an application on pages of their own: files, printable draft."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy

from core import audit, documents, workflow
from core.views.screens import ScreenView
from grants.actions import drafting
from grants.forms import FilesForm
from grants.printing import (
    draft_docx,
    draft_pdf,
    files_shown,
    paper_name,
    remember_print,
)
from grants.views.files import FilesPart
from grants.views.part import PartView
from grants.views.screens import ApplicationScreens


class ApplicationFiles(FilesPart, PartView):
    """The files of an application, each under the document that it is."""

    slug = "files"
    hint = gettext_lazy("Choose the document below and add one or several files.")

    def files_form(self, case: Any, data: Any = None, **given: Any) -> FilesForm:
        """Ask which document the files are."""
        return FilesForm(data, application=case, **given)

    def adder(self, stored: list[Any], form: Any) -> Any:
        """Return the writer that adds the files under the document."""
        return drafting.add_files(stored, form.cleaned_data["question"], by=self.request.user)

    def remover(self, stored: Any) -> Any:
        """Return the writer that takes one out."""
        return drafting.remove_file(stored, by=self.request.user)

    def files_there(self, case: Any) -> list[dict[str, Any]]:
        """Return the files, each with its document."""
        return files_shown(case)


class _DraftView(ScreenView):
    """The draft as PDF, to circulate in the body before it is submitted; later, the copy."""

    screens = ApplicationScreens()
    make = staticmethod(draft_pdf)
    ending, content_type = "pdf", "application/pdf"

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Download the draft, which changes nothing."""
        return self._paper(self.case())

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Download it to circulate: a later change of the text is told before the submission."""
        case = self.case()
        if not workflow.may_edit(case, request.user):
            raise PermissionDenied
        remember_print(case)
        return self._paper(case)

    def _paper(self, case: Any) -> HttpResponse:
        content = self.make(case, now=timezone.now())
        audit.record("print_draft", case, by=self.request.user)
        response = HttpResponse(content, content_type=self.content_type)
        name = paper_name(case, self.ending)
        header = content_disposition_header(as_attachment=True, filename=name)
        response["Content-Disposition"] = header
        response["Cache-Control"] = "private, no-store"
        return response


class _WordView(_DraftView):
    """The same paper as Word."""

    make = staticmethod(draft_docx)
    ending, content_type = "docx", documents.CONTENT_TYPE


draft = _DraftView.as_view()
word = _WordView.as_view()
