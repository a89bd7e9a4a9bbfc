"""What is typed into a thread."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import files
from core.fields import DateBoxesField, JapaneseDateField, NormalizedCharField
from core.fiscal import today
from core.forms import TransitionForm
from core.models import StoredFile
from correspondence.actions import MAX_FILES
from correspondence.models import Message


class ManyFiles(forms.ClearableFileInput):
    """A file box that takes several files."""

    template_name = "django/forms/widgets/file.html"
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Nothing: uploads are stored before the form is read (take_uploads)."""
        return None


def take_uploads(request: Any) -> None:
    """Store what a browser sent and name it in `files`, so that a second try need not send it."""
    posted = request.POST.copy()
    posted.refused = []
    for upload in request.FILES.getlist("uploads"):
        try:
            stored = files.store(upload, by=request.user)
        except ValidationError as error:
            posted.refused += [f"{upload.name}: {message}" for message in error.messages]
        else:
            posted.appendlist("files", str(stored.public_id))
    request.POST = posted


class MessageForm(TransitionForm):
    """A message with files: uploads of one's own that no record has yet, by id."""

    text = NormalizedCharField(
        label=pgettext_lazy("message", "text"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
    )
    uploads = forms.FileField(label=gettext_lazy("files to send"), widget=ManyFiles, required=False)
    files = forms.ModelMultipleChoiceField(
        queryset=StoredFile.objects.none(),
        to_field_name="public_id",
        widget=forms.MultipleHiddenInput,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        mine = StoredFile.objects.filter(uploaded_by=self.by.pk, is_linked=False)
        self.fields["files"].queryset = mine
        kept = mine.filter(public_id__in=self._sent_ids()).values_list("name", flat=True)
        if kept:
            self.fields["uploads"].help_text = _("Already attached: %(names)s") % {
                "names": "、".join(kept)
            }

    def _sent_ids(self) -> list[str]:
        """Return the ids that a browser sent back; other input is judged by the field itself."""
        getlist = getattr(self.data, "getlist", None)
        return [i for i in getlist("files") if _is_id(i)] if getlist else []

    def clean_files(self) -> Any:
        """Refuse more than a message carries."""
        found = self.cleaned_data["files"]
        if len(found) > MAX_FILES:
            raise ValidationError(_("At most %(limit)s files.") % {"limit": MAX_FILES})
        return found

    def clean(self) -> dict[str, Any]:
        """Say beside the box which uploads were refused, and why."""
        for message in getattr(self.data, "refused", ()):
            self.add_error("uploads", message)
        return super().clean() or self.cleaned_data


def _is_id(text: str) -> bool:
    try:
        forms.UUIDField().clean(text)
    except ValidationError:
        return False
    return True


class QuestionForm(MessageForm):
    """A new thread of a body: what it is about, and the question."""

    subject = NormalizedCharField(label=pgettext_lazy("thread", "subject"), max_length=100)
    field_order = ("subject", "text", "uploads")


class CallFields(forms.Form):
    """With whom one spoke by telephone, and when; asked for with a telephone record alone."""

    called_on = DateBoxesField(label=gettext_lazy("day of the call"), required=False)
    called_with = NormalizedCharField(
        label=gettext_lazy("spoke with"),
        help_text=gettext_lazy("Section and name, for a telephone record."),
        max_length=100,
        required=False,
    )

    def clean_called_on(self) -> Any:
        """Refuse a day that is still to come."""
        day = self.cleaned_data["called_on"]
        if day and day > today(timezone.now()):
            raise ValidationError(_("The day of the call lies in the future. Check the date."))
        return day

    def clean(self) -> dict[str, Any]:
        """Ask for day and partner of a call."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Message.Kind.PHONE:
            for name in ("called_on", "called_with"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("A telephone record needs this. Fill it in."))
        return cleaned


class RecordForm(CallFields, MessageForm):
    """A note or telephone record of staff in a thread."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("message", "kind"),
        choices=[(kind, kind.label) for kind in (Message.Kind.NOTE, Message.Kind.PHONE)],
        initial=Message.Kind.NOTE,
        widget=forms.RadioSelect,
    )
    field_order = ("kind", "called_on", "called_with", "text", "uploads")


class PlainRecordForm(RecordForm):
    """The same as partner systems send it: the day of the call in one text."""

    called_on = JapaneseDateField(label=gettext_lazy("day of the call"), required=False)


class DeskForm(CallFields, QuestionForm):
    """A new thread of staff: a question to the body, or a record of their own."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("message", "kind"),
        choices=[
            ("message", gettext_lazy("Question (sent to the body)")),
            ("note", gettext_lazy("Internal note (headquarters only)")),
            ("phone", gettext_lazy("Telephone record (headquarters only)")),
        ],
        widget=forms.RadioSelect,
    )
    field_order = ("kind", "subject", "called_on", "called_with", "text", "uploads")
