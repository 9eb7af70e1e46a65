"""What staff send to a running direction: one small frozen model per action."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from domain.messages import Message
from domain.notice_words import ProviderReason

Answer = Literal["received", "done", "partly", "not_found", "refused"]


class ClosingReason(StrEnum):
    """Why nobody waits for a provider any longer although it has not had its last word."""

    PROVIDER_GONE = "provider_gone"
    CONTRACT_ENDED = "contract_ended"
    REGISTRY_MISTAKE = "registry_mistake"
    SETTLED_OTHERWISE = "settled_otherwise"


class RecordProviderAnswer(Message):
    """Enter what a provider answered by post, telephone or mail."""

    answer: Answer = Field(
        description="One of received, done, partly, not_found, refused; what the provider says."
    )
    reason: ProviderReason | None = Field(
        default=None,
        description="With partly and refused: " + ", ".join(ProviderReason) + ".",
    )


class CloseDirection(Message):
    """Stop waiting for a provider."""

    reason: ClosingReason = Field(description="One of " + ", ".join(ClosingReason) + ".")


class SendAgain(Message):
    """Send the direction once more, or fetch a returned copy once more."""


class RecordPosted(Message):
    """Say that the printed letter was posted."""
