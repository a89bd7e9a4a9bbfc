"""Every problem that the API answers: the page behind its `type`, in the reader's language."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ProblemType:
    """One code: its status, what happened, and what the caller does about it."""

    code: str
    status: int
    title: Any
    meaning: Any
    remedy: Any


_ALL = (
    ProblemType(
        "invalid",
        400,
        _("Entries to correct"),
        _("Entries are missing or against the rules. “errors” names each field."),
        _("Correct the fields named and send again."),
    ),
    ProblemType(
        "parse-error",
        400,
        _("Unreadable body"),
        _("The body is not JSON, or not in UTF-8."),
        _("Correct the client that writes the body."),
    ),
    ProblemType(
        "not-authenticated",
        401,
        _("No key"),
        _("The request carries no API key."),
        _("Send “Authorization: Bearer” with your key."),
    ),
    ProblemType(
        "authentication-failed",
        401,
        _("Key not accepted"),
        _("The key is unknown, expired or revoked, or its owner's account is closed."),
        _("Make a new key on the page “API keys”."),
    ),
    ProblemType(
        "not-allowed",
        403,
        _("Not allowed"),
        _("You may see the record but not do this, or the scopes of the key do not open it."),
        _("Ask the administrator of your organization, or make a key with the scope."),
    ),
    ProblemType(
        "not-found",
        404,
        _("Not found"),
        _("There is no such record, or it is not yours. The answer does not tell which."),
        _("Check the id, and for whom the key acts (accounts/me/)."),
    ),
    ProblemType(
        "method-not-allowed",
        405,
        _("Method not allowed"),
        _("The address does not take this method. Nothing is ever deleted over the API."),
        _("See the header “Allow” of the answer."),
    ),
    ProblemType(
        "not-acceptable",
        406,
        _("Format not available"),
        _("The API answers JSON alone, files apart."),
        _("Send “Accept: application/json”."),
    ),
    ProblemType(
        "invalid-transition",
        409,
        _("Not possible now"),
        _("The act does not fit the present status of the record."),
        _("Read the record again and ask its “available/” for what is possible."),
    ),
    ProblemType(
        "file-damaged",
        409,
        _("File not readable"),
        _("A file could not be read back from storage as it was sent."),
        _("Upload the file again and submit again."),
    ),
    ProblemType(
        "stale-version",
        412,
        _("Changed meanwhile"),
        _("Someone else changed the record since you read it. Nothing was written."),
        _("Read it again, merge, and send with the new ETag."),
    ),
    ProblemType(
        "too-large",
        413,
        _("Too large"),
        _("The body or the file is larger than the portal takes."),
        _("Send a smaller file, or several."),
    ),
    ProblemType(
        "unsupported-media-type",
        415,
        _("Body of another type"),
        _("Bodies are JSON; files are sent as multipart/form-data."),
        _("Set the header “Content-Type”."),
    ),
    ProblemType(
        "idempotency-key-reused",
        422,
        _("Idempotency-Key used twice"),
        _("The same Idempotency-Key came before with another body."),
        _("Use a new key for each new request; the same key only to repeat one."),
    ),
    ProblemType(
        "precondition-required",
        428,
        _("Version missing"),
        _("A change must name the version that it starts from."),
        _("Read the record first and send its ETag as If-Match."),
    ),
    ProblemType(
        "throttled",
        429,
        _("Too many requests"),
        _("The key asked more often in a minute than is agreed."),
        _("Wait for the seconds in “Retry-After”; watch “RateLimit-Remaining”."),
    ),
    ProblemType(
        "error",
        500,
        _("Internal error"),
        _("Something failed on our side. Nothing was written."),
        _("Repeat with the same Idempotency-Key; report the request id if it stays."),
    ),
)
PROBLEMS: dict[str, ProblemType] = {problem.code: problem for problem in _ALL}
