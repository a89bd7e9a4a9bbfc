"""Parts of an application on pages of their own: files, printable draft."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from core import audit, documents, files, uploads, workflow
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
from grants.views.part import PartView
from grants.views.screens import ApplicationScreens


class ApplicationFiles(PartView):
    """Add files, many at once, or take one out; each refusal says why."""

    slug = "files"
    template = "grants/application_files.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return the page's title."""
        return _("Papers")

    def shown(self, case: Any) -> HttpResponse:
        """Show what is there and a box for more."""
        return self._page(case)

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Keep the good files, and say of each other one why not."""
        case = self.editable()
        if request.POST.get("remove"):
            return self._remove(case, request.POST["remove"])
        form = FilesForm(request.POST, application=case)
        sent = request.FILES.getlist("files")
        if not form.is_valid() or not sent:
            return self._page(case, [_("Choose at least one file.")], 400)
        stored, refused = self._store(sent)
        if stored:
            done = self.save(
                case, drafting.add_files(stored, form.cleaned_data["question"], by=request.user)
            )
            if self.wants_json:
                return self._told(stored if done else [], refused)
            if done and not refused:
                return done
        elif self.wants_json:
            return self._told([], refused)
        return self._page(self.editable(), refused, self.refusal)

    @property
    def wants_json(self) -> bool:
        """Say whether upload.js asks, which sends the files one by one."""
        return self.request.headers.get("Accept", "") == "application/json"

    def _told(self, stored: list[Any], refused: list[str]) -> JsonResponse:
        """Answer upload.js: what was kept, what not and why, and the version to go on with."""
        body = {"stored": [f.name for f in stored], "refused": refused + self.problems}
        version = self.editable().version
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
        link = next(
            (x for x in case.files.select_related("file") if str(x.file.public_id) == public_id),
            None,
        )
        done = (
            self.save(case, drafting.remove_file(link.file, by=self.request.user)) if link else None
        )
        return done or self._page(case, status=self.refusal)

    def _chosen(self) -> dict[str, str]:
        """Keep the document that was chosen when a file is refused."""
        chosen = self.request.POST.get("question")
        return {} if chosen is None else {"question": chosen}

    def _page(self, case: Any, refused: list[str] | None = None, status: int = 200) -> HttpResponse:
        return self.show(
            case,
            status,
            form=FilesForm(application=case, initial=self._chosen()),
            files=files_shown(case),
            refused=refused or [],
        )


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
