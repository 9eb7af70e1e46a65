"""What agents sign: key setup, exercise, revocation; and the checks of its claims, in order."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    ValidationError,
)

from agents.refusals import Refused

VERSION = "1.0"

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
"""A line of an identity. Agents send an empty one for what they do not know."""


def _left_out(value: object) -> object:
    return None if value in ("", {}) else value


class _Signed(BaseModel):
    """Fields that the protocol adds later are ignored, so that a newer agent is understood."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Address(_Signed):
    """A postal address (OpenID Connect Core, section 5.1.1)."""

    formatted: Text = ""
    street_address: Text = ""
    locality: Text = ""
    region: Text = ""
    postal_code: Text = ""
    country: Text = ""

    @property
    def line(self) -> str:
        """The address as one line, as people write it."""
        if self.formatted:
            return ", ".join(self.formatted.split("\n"))
        place = " ".join(filter(None, (self.region, self.postal_code)))
        return ", ".join(filter(None, (self.street_address, self.locality, place)))


class Exercise(_Signed):
    """One right of one consumer, exercised for them (section 2.01).

    What the agent says it has verified (``email_verified`` and so on) is not read: we verify
    ourselves, by the consumer's address and records.
    """

    exercise: str
    regime: Annotated[str | None, BeforeValidator(_left_out)] = None
    agent_request_id: Annotated[str | None, BeforeValidator(_left_out)] = Field(
        default=None, alias="agent-request-id", max_length=300
    )
    status_callback: Annotated[str | None, BeforeValidator(_left_out)] = Field(
        default=None, max_length=2000
    )
    name: Text = ""
    email: Annotated[EmailStr | None, BeforeValidator(_left_out)] = Field(
        default=None, max_length=254
    )
    phone_number: Annotated[Text | None, BeforeValidator(_left_out)] = None
    address: Annotated[Address | None, BeforeValidator(_left_out)] = None
    power_of_attorney: Annotated[str | None, BeforeValidator(_left_out)] = Field(
        default=None, max_length=2000
    )


class Revocation(_Signed):
    """The consumer takes a request back (section 2.04); the reason is their own text."""

    reason: str | None = Field(default=None, max_length=4000)


def parse(message: bytes) -> dict[str, Any]:
    """Return the JSON object of a verified message.

    Raises:
        Refused: it is none.
    """
    try:
        document = json.loads(message.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Refused(400, "The signed message is not a JSON object in UTF-8; sign one.")
    return document


def check_claims(
    document: Mapping[str, Any], *, agent_id: str, business_id: str, now: datetime
) -> datetime:
    """Check who signed for whom and when, in the protocol's order; return when it expires.

    ``agent_id`` is whom the bearer token, or the path, stands for (section 3.07).

    Raises:
        Refused: one of the claims does not hold.
    """
    if document.get("agent-id") != agent_id:
        raise Refused(403, "agent-id is not the agent whom this call is authorised for.")
    if document.get("business-id") != business_id:
        raise Refused(403, "business-id does not name this business; look it up in the directory.")
    if now <= _instant(document, "issued-at"):
        raise Refused(
            400,
            "issued-at lies ahead of our clock. Set your clock right, then try again.",
            fatal=False,
        )
    expires_at = _instant(document, "expires-at")
    if now >= expires_at:
        raise Refused(400, "expires-at has passed. Sign the request again with a later one.")
    if document.get("drp.version") != VERSION:
        raise Refused(400, f'drp.version must be "{VERSION}"; other versions are not spoken here.')
    return expires_at


def read_exercise(document: Mapping[str, Any]) -> Exercise:
    """Return an exercise. Raises ``Refused``, which names the fields at fault, never a value."""
    return _read(Exercise, document)


def read_revocation(document: Mapping[str, Any]) -> Revocation:
    """Return a revocation. Raises ``Refused``."""
    return _read(Revocation, document)


Message = TypeVar("Message", bound=_Signed)


def _read(model: type[Message], document: Mapping[str, Any]) -> Message:
    try:
        return model.model_validate(dict(document))
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        places = sorted({str(fault["loc"][0]) for fault in faults if fault["loc"]})
    raise Refused(400, f"These fields of the signed message need a change: {', '.join(places)}.")


def _instant(document: Mapping[str, Any], claim: Literal["issued-at", "expires-at"]) -> datetime:
    """Return a timestamp; one without an offset could be hours off, which nobody may guess."""
    try:
        instant = datetime.fromisoformat(document[claim])
        if instant.tzinfo is None:
            raise ValueError("no offset")
        return instant.astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Refused(
            400,
            f"{claim} must be an ISO 8601 timestamp with its time zone, "
            "such as 2026-11-22T18:00:00Z.",
        ) from None


def _no_number(constant: str) -> float:
    raise ValueError("not a JSON number")
