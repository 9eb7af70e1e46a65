"""What OpenDSR says in JSON: our request in either dialect, the processor's answers."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.notice_words import DirectedAction
from domain.strict_json import read_json
from domain.vocabulary import PointOfIdentity
from providers.channels import Dialect, OpenDsrChannel
from providers.identities import written
from providers.opendsr.request_ids import subject_request_id
from providers.protocol import Direction
from providers.registry import Provider, Regime

MPARTICLE_EXTENSION = "opendsr.mparticle.com"

REQUEST_TYPES = {DirectedAction.DELETE: "erasure", DirectedAction.RETURN_COPY: "access"}
"""The only directions that OpenDSR can carry."""

IDENTITY_TYPES = {
    PointOfIdentity.EMAIL: "email",
    PointOfIdentity.CUSTOMER_NUMBER: "controller_customer_id",
}
MPARTICLE_TYPES = {PointOfIdentity.PHONE: "mobile_number"}

Status = Literal["pending", "in_progress", "completed", "cancelled"]
Message = TypeVar("Message", bound=BaseModel)


class UnreadableAnswer(ValueError):
    """Signed or not, the JSON is not what OpenDSR says. The text names fields, never values."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    subject_request_id: str = Field(max_length=40)
    controller_id: str = Field(max_length=200)
    expected_completion_time: str | None = Field(max_length=40)


class Created(_Answer):
    """The 201 answer. ``encoded_request`` repeats our whole body, so it is read past, not kept."""

    received_time: str = Field(max_length=40)


class Cancelled(BaseModel):
    """The 202 answer to a cancellation."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    subject_request_id: str = Field(max_length=40)
    controller_id: str = Field(max_length=200)
    received_time: str = Field(max_length=40)


class StatusReport(_Answer):
    """What a status answer and a callback have in common."""

    request_status: Status
    status_callback_url: str | None = Field(default=None, max_length=2000)
    results_url: str | None = Field(default=None, max_length=4000)
    results_count: int | None = Field(default=None, ge=0)
    extensions: Any = None

    def forwarded(self) -> list[tuple[str, str]]:
        """Return (domain, status) of each partner to whom mParticle passed the request on."""
        found: list[Any] = []
        for part in self.extensions.values() if isinstance(self.extensions, dict) else ():
            found += part.get("distribution_status") or [] if isinstance(part, dict) else []
        found += self.extensions if isinstance(self.extensions, list) else []
        return [(str(one.get("domain")), str(one.get("status"))) for one in found if _named(one)]


class Discovery(BaseModel):
    """What a processor says of itself."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    api_version: str = Field(max_length=20)
    supported_identities: tuple[dict[str, str | None], ...] = Field(max_length=200)
    supported_subject_request_types: tuple[str, ...] = Field(max_length=20)
    processor_certificate: str = Field(max_length=2000)


def request_body(provider: Provider, channel: OpenDsrChannel, direction: Direction) -> bytes:
    """Return the create request of a direction in the channel's dialect."""
    regime = Regime.CCPA if Regime.CCPA in provider.regimes else Regime.GDPR
    submitted = direction.submitted_at.astimezone(UTC).replace(microsecond=0)
    body: dict[str, Any] = {
        "regulation": regime.value,
        "subject_request_id": subject_request_id(direction.direction_id),
        "subject_request_type": REQUEST_TYPES[direction.action],
        "submitted_time": submitted.isoformat().replace("+00:00", "Z"),
        "status_callback_urls": [direction.callback_url],
    }
    return json.dumps(body | _DIALECTS[channel.dialect](channel, direction)).encode()


def parsed(model: type[Message], raw_body: bytes) -> Message:
    """Read an answer.

    Raises:
        UnreadableAnswer: not JSON, or a field is missing or wrong.
    """
    try:
        return model.model_validate(read_json(raw_body))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        raise UnreadableAnswer(f"look at: {places}") from None
    except ValueError:
        raise UnreadableAnswer("not JSON") from None


def _opendsr(channel: OpenDsrChannel, direction: Direction) -> dict[str, Any]:
    form = channel.identity_format
    identities = [
        {
            "identity_type": IDENTITY_TYPES[kind],
            "identity_value": written(kind, value, form),
            "identity_format": form.value,
        }
        for kind, value in direction.locators.items()
    ]
    return {"api_version": "2.0", "subject_identities": identities}


def _mparticle(channel: OpenDsrChannel, direction: Direction) -> dict[str, Any]:
    extension: dict[str, Any] = {"skip_waiting_period": channel.skip_waiting_period}
    more = _dictionary(direction.locators, MPARTICLE_TYPES)
    if more:
        extension["subject_identities"] = more
    return {
        "api_version": "3.0",
        "group_id": direction.request_id,
        "subject_identities": _dictionary(direction.locators, IDENTITY_TYPES),
        "extensions": {MPARTICLE_EXTENSION: extension},
    }


def _dictionary(
    locators: Mapping[PointOfIdentity, str], words: Mapping[PointOfIdentity, str]
) -> dict[str, dict[str, str]]:
    return {
        words[kind]: {"value": value, "encoding": "raw"}
        for kind, value in locators.items()
        if kind in words
    }


def _named(entry: object) -> bool:
    return isinstance(entry, dict) and bool(entry.get("domain"))


_DIALECTS: dict[Dialect, Callable[[OpenDsrChannel, Direction], dict[str, Any]]] = {
    Dialect.OPENDSR_2: _opendsr,
    Dialect.MPARTICLE_3: _mparticle,
}
