"""Errors as people and programs read them: RFC 9457 documents that say what to do next."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field. Never carries what was sent."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(
        description="JSON Pointer to the field (RFC 6901).", examples=["/consumer/email"]
    )
    code: str = Field(description="Stable name of the fault, for programs.", examples=["missing"])
    detail: str = Field(description="What to change.", examples=["This field is required."])


class ProblemDocument(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="Address of the explanation, and the problem's stable name.")
    title: str = Field(description="What kind of problem this is.")
    status: int = Field(description="The HTTP status code.", ge=400, le=599)
    detail: str = Field(description="What happened here, and what to do next.")
    errors: tuple[FieldProblem, ...] = Field(
        default=(), description="Every field at fault, when the body was read."
    )


class ProblemKind(NamedTuple):
    """A kind of problem that this gateway answers with."""

    status: int
    name: str
    title: str


class Problem(Exception):
    """Raised anywhere in a door to answer with a problem; ``detail`` says what to do next."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind.name)
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def document(self, public_url: str) -> ProblemDocument:
        """Return the problem as a document whose type points into the API page."""
        return ProblemDocument(
            type=type_of(self.kind, public_url),
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail,
            errors=self.errors,
        )


def type_of(kind: ProblemKind, public_url: str) -> str:
    """Return the address that names a kind of problem and explains it."""
    return f"{public_url}/docs#problem-{kind.name}"


MALFORMED_BODY = ProblemKind(400, "malformed-body", "The body cannot be read")
IDEMPOTENCY_KEY_NEEDED = ProblemKind(400, "idempotency-key-needed", "Idempotency-Key is needed")
NOT_AUTHENTICATED = ProblemKind(401, "not-authenticated", "A valid API key is needed")
NOT_SIGNED_IN = ProblemKind(401, "not-signed-in", "A member of staff must sign in first")
SIGNATURE_REFUSED = ProblemKind(401, "signature-refused", "The message is not proved to be yours")
STALE_MESSAGE = ProblemKind(401, "stale-message", "The message is too old, or from the future")
ROLE_NEEDED = ProblemKind(403, "role-needed", "Your account may not do this")
ORIGIN_REFUSED = ProblemKind(403, "origin-refused", "This page may not use the codec")
FOREIGN_FORM = ProblemKind(403, "foreign-form", "This form was sent from another site")
NOT_FOUND = ProblemKind(404, "not-found", "There is nothing at this address")
METHOD_NOT_ALLOWED = ProblemKind(405, "method-not-allowed", "This address has no such method")
TOO_SLOW = ProblemKind(408, "too-slow", "The body took too long to arrive")
KEY_REUSED = ProblemKind(409, "idempotency-key-reused", "The Idempotency-Key was used before")
GONE = ProblemKind(410, "gone", "This is no longer available")
TOO_LARGE = ProblemKind(413, "too-large", "The body is too large")
MEDIA_TYPE_REFUSED = ProblemKind(415, "media-type-refused", "This kind of body is not read here")
INVALID = ProblemKind(422, "invalid-submission", "Some fields need a change")
TOO_MANY = ProblemKind(429, "too-many-calls", "Too many calls")
INTERNAL = ProblemKind(500, "internal-error", "Something went wrong on our side")
UNAVAILABLE = ProblemKind(503, "unavailable", "The service cannot store anything right now")

ALL_KINDS = (
    MALFORMED_BODY,
    IDEMPOTENCY_KEY_NEEDED,
    NOT_AUTHENTICATED,
    NOT_SIGNED_IN,
    SIGNATURE_REFUSED,
    STALE_MESSAGE,
    ROLE_NEEDED,
    ORIGIN_REFUSED,
    FOREIGN_FORM,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    TOO_SLOW,
    KEY_REUSED,
    GONE,
    TOO_LARGE,
    MEDIA_TYPE_REFUSED,
    INVALID,
    TOO_MANY,
    INTERNAL,
    UNAVAILABLE,
)
