"""What the officer's page shows of an application: as it was sent, with a box for each comment."""

from typing import Any

from django.utils.translation import gettext as _

from core.fiscal import deadline_text, era_date_plain
from grants.actions import submission
from grants.forms import answers_shown, categories_of, expense_classes
from grants.models import Application, Award, BudgetLine
from grants.printing import budget_printed, facts_shown
from programs.answers import questions_of

PREVIEWED = ("application/pdf", "image/png", "image/jpeg")


def as_sent(case: Application, form: Any = None) -> dict[str, Any]:
    """Return the application in page order; `form` is the return's, whose boxes stand beside."""

    def row(name: str, label: str, answer: str) -> dict[str, Any]:
        return {"name": name, "label": label, "answer": answer, "box": _box(form, name)}

    facts = [row(fact["name"], fact["label"], fact["answer"]) for fact in facts_shown(case)]
    answers = [row(f"answers.{key}", label, text) for key, label, text in answers_shown(case)]
    return {
        "sections": [
            {"title": _("Project and document"), "rows": facts},
            {"title": _("Answers"), "rows": answers},
        ],
        "budget": budget_printed(case),
        "budget_box": _box(form, "lines"),
        "parties": case.parties.select_related("organization").order_by("pk"),
        "parties_box": _box(form, "parties"),
        "papers": _papers(case, form),
        "files_box": _box(form, "files"),
        "other_box": _box(form, "other"),
    }


def facts_of(case: Application) -> list[tuple[str, Any]]:
    """Return what tells one application from the others: number, body, call, arrival, post."""
    arrived = deadline_text(case.arrived_at) if case.arrived_at else ""
    facts = [
        (_("receipt number"), case.receipt_number),
        (_("incoming document number"), case.incoming_number),
        (_("body"), f"{case.organization} {case.section.name}"),
        (_("edition"), case.edition),
        (_("call"), case.call),
        (_("arrived at"), arrived),
        (_("correction due"), era_date_plain(case.return_due) if case.return_due else ""),
        (_("post in charge"), case.post_in_charge),
    ]
    return [(label, value) for label, value in facts if value]


def comments_of(case: Application) -> list[dict[str, Any]]:
    """Return what was to be corrected and what the body did, the latest return first."""
    labels = dict(submission.commentable(case))
    return [
        {
            "round": row.round,
            "label": labels.get(row.field, row.field),
            "text": row.text,
            "answer": row.answer,
            "resolved_at": row.resolved_at,
        }
        for row in case.comments.order_by("-round", "pk")
    ]


def words_of(case: Application) -> dict[str, Any]:
    """Return what the history calls the parts and codes of an application."""
    questions = questions_of(case.form_version) if case.form_version else []
    choices = {c["value"]: c["label"] for question in questions for c in question.choices}
    return {
        **choices,
        **{question.key: question.label for question in questions},
        **dict(categories_of(case.edition)),
        **dict(expense_classes(case)),
        **dict(BudgetLine.Kind.choices),
        "files": _("Papers"),
        "budget_lines.applied": _("Budget"),
        "budget_lines.decided": _("Budget as decided"),
    }


def _box(form: Any, name: str) -> Any:
    key = f"comment_{name}"
    return form[key] if form is not None and key in form.fields else None


def _papers(case: Application, form: Any) -> list[dict[str, Any]]:
    """Return the files by the question they answer; a question without files is named too."""
    links = list(case.files.select_related("file").order_by("order", "pk"))
    version = case.form_version
    asked = [q for q in questions_of(version) if q.kind == "file"] if version else []
    papers = [
        {
            "label": question.label,
            "files": [_file(link) for link in links if link.question == question.key],
            "box": _box(form, f"answers.{question.key}"),
        }
        for question in asked
    ]
    known = {question.key for question in asked}
    others = [_file(link) for link in links if link.question not in known]
    if others:
        papers.append({"label": _("Other papers"), "files": others, "box": None})
    return papers


def _file(link: Any) -> dict[str, Any]:
    stored = link.file
    return {
        "name": stored.name,
        "size": stored.size,
        "id": stored.public_id,
        "scan": stored.get_scan_state_display(),
        "is_image": stored.content_type.startswith("image/"),
        "is_previewed": stored.content_type in PREVIEWED and stored.scan_state != "infected",
    }


def award_of(case: Application) -> Award | None:
    """Return the award that the announced decision made; None before, and where nothing was given."""
    if case.status != Application.Status.ANNOUNCED:
        return None
    return Award.objects.filter(application=case).first()
