"""Threads on the screens: of a body, and where staff begin one or note something."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import registry, workflow
from core.views import CaseScreens
from core.views.screens import CaseDetailView, CaseTransitionView, ScreenView
from correspondence import actions
from correspondence.forms import DeskForm, QuestionForm, RecordForm, take_uploads
from correspondence.models import Message, Side, Thread, side_of
from programs.models import ProgramCase

_TONES = {"open": "warning", "answered": "success", "closed": "neutral"}


def case_or_404(key: str, user: Any) -> Any:
    """Return the body's case of `<app>.<model>:<id>`, if the user may see it."""
    label, _colon, public_id = key.partition(":")
    try:
        model: Any = registry.model_by_label(label)
        if not issubclass(model, ProgramCase):
            raise Http404
        return model.objects.visible_to(user).get(public_id=public_id)
    except (LookupError, ValidationError, ObjectDoesNotExist) as error:
        raise Http404 from error


def page_of(thread: Thread, user: Any) -> str:
    """Return the user's own page of the thread."""
    return thread.get_staff_url() if user.is_staff else thread.get_absolute_url()


def case_page(case: Any, user: Any) -> str:
    """Return the user's own page of the case."""
    if not user.is_staff:
        return case.get_absolute_url()
    return reverse(f"admin:{case._meta.app_label}_{case._meta.model_name}_change", args=[case.pk])


class ThreadScreens(CaseScreens):
    """List, page and acts of the threads that the user may see."""

    model = Thread
    form_class = QuestionForm
    likely = ("answer",)
    list_columns = (
        (pgettext_lazy("thread", "subject"), ""),
        (gettext_lazy("new to me"), "5rem"),
        (gettext_lazy("title of the case"), "14rem"),
        (gettext_lazy("status"), "7rem"),
        (gettext_lazy("waiting for"), "7rem"),
        (gettext_lazy("last message"), "10rem"),
    )

    def create_url(self) -> str:
        """Return nothing: a question is begun on its case's page."""
        return ""

    def list_queryset(self, user: Any) -> Any:
        """Add what is new to the user."""
        return self.queryset(user).with_news(user, timezone.now())

    def list_row(self, case: Thread, user: Any) -> list[Any]:
        """Return subject, what is new, case, status, whose word is next, and when it was last written into."""
        return [
            case.subject,
            _("New") if case.is_new else "",
            f"{case.case_number} {case.case_title}".strip(),
            case.status_text,
            case.get_waiting_for_display(),
            case.last_at,
        ]

    def detail_context(self, case: Thread, request: HttpRequest) -> dict[str, Any]:
        """Return the messages that this reader may see, and whose word is next."""
        return {
            "shown_messages": Message.objects.shown(case, request.user),
            "case_url": case_page(case.case, request.user),
            "thread": case,
            "what_next": case.next_word(request.user),
            "status_tone": _TONES[case.status],
        }

    @classmethod
    def urls(cls) -> list:
        """Return the five addresses, and the one of staff's records."""
        screens = cls()
        own = [
            path("new/", ThreadCreateView.as_view(screens=screens), name="thread-create"),
            path(
                "<uuid:public_id>/record/",
                ThreadRecordView.as_view(screens=screens),
                name="thread-record",
            ),
            path(
                "<uuid:public_id>/<slug:name>/",
                ThreadTransitionView.as_view(screens=screens),
                name="thread-transition",
            ),
        ]
        stock = {p.name: p for p in super().urls()}
        return [
            own[0],
            stock["thread-list"],
            path(
                "<uuid:public_id>/",
                ThreadDetailView.as_view(screens=screens),
                name="thread-detail",
            ),
            stock["thread-update"],
            *own[1:],
        ]


class ThreadDetailView(CaseDetailView):
    """The thread; looking at it clears the reader's own mark of what is new."""

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Show it with the new messages marked."""
        case, now = self.case(), timezone.now()
        before = actions.mark_seen(case, by=request.user, now=now)
        context = self.context(case) | {"new_since": actions.new_to(request.user, before, now)}
        return self.page("detail", context)


class ThreadTransitionView(CaseTransitionView):
    """An act whose form takes files; staff go back to their own page."""

    def post(self, request: HttpRequest, public_id: Any, name: str) -> HttpResponse:
        """Store the files first, so that a second try need not send them."""
        case, row = self._found(name)
        if workflow.allowed(case, row.verb, request.user):
            take_uploads(request)
        return super().post(request, public_id, name)

    def _after(self, case: Any, name: str) -> HttpResponse:
        return redirect(page_of(case, self.request.user))


class ThreadCreateView(ScreenView):
    """Begin a thread in the case that the address names."""

    def _case(self) -> Any:
        user = self.request.user
        case = case_or_404(self.request.GET.get("case", ""), user)
        probe = Thread(case_label=case._meta.label, case_id=case.pk)
        if not workflow.allowed(probe, "add", user):
            raise PermissionDenied
        actions.require_open_case(probe, user)
        return case

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Lead back to the case where nothing more can be written there."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except workflow.InvalidTransition as error:
            messages.error(request, str(error))
            case = case_or_404(request.GET.get("case", ""), request.user)
            return redirect(case.get_absolute_url())

    def _form(self, case: Any, data: Any = None) -> Any:
        user = self.request.user
        form = DeskForm if side_of(user) == Side.STAFF else QuestionForm
        return form(data, case=case, by=user, now=timezone.now())

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the empty form."""
        case = self._case()
        return self._page(case, self._form(case))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin the thread, or show the form again with all that was typed."""
        case = self._case()
        take_uploads(request)
        form = self._form(case, request.POST)
        if not form.is_valid():
            return self._page(case, form, 400)
        data = dict(form.cleaned_data)
        kind, subject = data.get("kind", Message.Kind.MESSAGE), data.pop("subject")
        is_record = kind != Message.Kind.MESSAGE
        thread = actions.begin(
            case,
            subject=subject,
            by=request.user,
            now=timezone.now(),
            data=record_of(data) if is_record else message_of(data),
            internal=is_record,
        )
        messages.success(request, _("The record is kept.") if is_record else _("It is sent."))
        return redirect(page_of(thread, request.user))

    def _page(self, case: Any, form: Any, status: int = 200) -> HttpResponse:
        is_staff = side_of(self.request.user) == Side.STAFF
        context = {
            "form": form,
            "object": case,
            "title": _("Question to the body, or record") if is_staff else _("Ask CLAIR"),
            "submit_label": _("Send or keep") if is_staff else _("Send the question"),
            "cancel_url": case_page(case, self.request.user),
        }
        return self.page("form", context, status)


class ThreadRecordView(ScreenView):
    """Note something for headquarters alone; to a body nothing is here."""

    def case(self) -> Any:
        """Return the thread to those of headquarters who keep records."""
        if side_of(self.request.user) == Side.BODY:
            raise Http404
        thread = super().case()
        if not self.request.user.has_perm("correspondence.add_message", thread):
            raise PermissionDenied
        return thread

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Show the empty form."""
        thread = self.case()
        return self._page(thread, RecordForm(case=thread, by=request.user, now=timezone.now()))

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Keep the record, or show the form again with all that was typed."""
        thread, now = self.case(), timezone.now()
        take_uploads(request)
        form = RecordForm(request.POST, case=thread, by=request.user, now=now)
        if not form.is_valid():
            return self._page(thread, form, 400)
        actions.add_record(thread, by=request.user, now=now, **record_of(form.cleaned_data))
        messages.success(request, _("The record is kept."))
        return redirect(page_of(thread, request.user))

    def _page(self, thread: Thread, form: Any, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "object": thread,
            "title": _("Record for headquarters"),
            "submit_label": _("Keep the record"),
            "cancel_url": page_of(thread, self.request.user),
        }
        return self.page("form", context, status)


def message_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the ask's own form reads again: the text, and the files by id."""
    return {"text": data["text"], "files": [str(found.public_id) for found in data["files"]]}


def record_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return what a record consists of."""
    names = ("kind", "text", "called_on", "called_with", "files")
    return {name: data[name] for name in names}
