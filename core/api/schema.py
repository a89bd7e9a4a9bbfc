"""The schema says what every operation may answer: our problems, preconditions and keys."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

PROBLEM = "application/problem+json"
_TEXT = {"type": "string"}
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["field", "code", "message"],
    "properties": {"field": _TEXT, "code": _TEXT, "message": _TEXT},
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. Decide by `status` and `code`; show `detail` and `message` to people.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {**_TEXT, "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": _TEXT,
        "detail": _TEXT,
        "request_id": _TEXT,
        "errors": {"type": "array", "items": _ERROR},
    },
}
_MEANINGS = {
    "400": "Entries are missing or wrong; `errors` names each.",
    "401": "No key, or one that is unknown, expired or revoked.",
    "403": "Not allowed: by your role, or by the scopes of the key.",
    "404": "Not there, or not yours.",
    "406": "JSON alone is answered.",
    "409": "Not possible in the present status.",
    "412": "Changed since you read it; nothing was written.",
    "413": "Too large.",
    "415": "The body must be what the operation says.",
    "422": "The Idempotency-Key came with another body.",
    "428": "If-Match is missing.",
    "429": "Too many requests; wait for `Retry-After` seconds.",
}
_SECONDS = {"schema": {"type": "integer"}, "description": "Seconds"}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "schema": _TEXT,
    "description": "The ETag that you read, or `*` for whatever the version.",
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {**_TEXT, "minLength": 1, "maxLength": 200},
    "description": "Repeat a POST safely: the first success is kept for 24 hours and given again.",
}


class ProblemSchema(AutoSchema):
    """Adds problems, If-Match, Idempotency-Key and 304 to what each view declares."""

    @property
    def _is_public(self) -> bool:
        return not self.view.get_authenticators()

    def _get_parameters(self) -> list[dict[str, Any]]:
        found = super()._get_parameters()
        if self.method in ("PUT", "PATCH"):
            schema = {**_TEXT, "minLength": 1}
            found.append({**_IF_MATCH, "required": True, "schema": schema})
        if self.method == "POST" and not self._is_public:
            if getattr(self.view, "is_idempotent", True):
                found.append(_IDEMPOTENCY_KEY)
            if "/transitions/" in self.path:
                found.append(_IF_MATCH)
        return found

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        found = super()._get_response_bodies(direction)
        problem = ResolvedComponent("Problem", ResolvedComponent.SCHEMA, _PROBLEM, "Problem")
        self.registry.register_on_missing(problem)
        content = {PROBLEM: {"schema": problem.ref}}
        for status in self._refusals():
            found[status] = {"description": _MEANINGS[status], "content": content}
        found["429"]["headers"] = {"Retry-After": _SECONDS}
        if self._has_tag(found):
            found["304"] = {"description": "You have this version already (If-None-Match)."}
        return dict(sorted(found.items()))

    def _has_tag(self, found: dict[str, Any]) -> bool:
        is_detail = self.method == "GET" and "200" in found and not self._is_list_view()
        return is_detail and "application/json" in found["200"].get("content", {})

    def _refusals(self) -> list[str]:
        found = {"406", "429"} if self._is_public else {"401", "403", "406", "429"}
        if self.method != "GET" or self._is_list_view() or "{" not in self.path:
            found.add("400")
        names_a_case = self.method == "POST" and getattr(self.view, "names_a_case", False)
        found |= {"404"} if "{" in self.path or names_a_case else set()
        if self.method == "POST":
            found |= {"415"} if self._is_public else {"409", "413", "415", "422"}
            found |= {"412"} if "/transitions/" in self.path else set()
        if self.method in ("PUT", "PATCH"):
            found |= {"409", "412", "413", "415", "428"}
        return sorted(found)
