"""The one small interface of every protocol: a direction goes out, an answer comes in."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, ClassVar, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from domain.notice_words import DirectedAction
from domain.notice_words import ProviderReason as ReasonCode
from domain.vocabulary import NoticeKind, PointOfIdentity, ProviderStanding
from providers.registry import ProtocolKind, Provider

SubProcessor = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[\w .,&()'/+-]+$"
    ),
]
"""Name of a provider's own provider: letters, digits and plain punctuation, never an address."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Direction(_Frozen):
    """One provider's order about one person; everything that N-14 and N-15 must carry.

    ``locators`` and ``corrections`` are personal data: they come from the vault, go to the provider
    and appear in no repr, log or history.
    """

    direction_id: str = Field(description="The stream's name: PR-4106-105S.acme")
    request_id: str
    action: DirectedAction
    notice: NoticeKind = NoticeKind.PROVIDER_DIRECTION
    locators: Mapping[PointOfIdentity, str] = Field(repr=False)
    corrections: Mapping[str, str] = Field(default_factory=dict, repr=False)
    scope: tuple[str, ...] = Field(default=(), description="Collections of the data map.")
    exceptions: tuple[str, ...] = Field(default=(), description="Codes of what lawfully stays.")
    confirm_by: date
    contact: str = Field(description="Where the provider asks the business.")
    callback_url: str
    submitted_at: AwareDatetime = Field(description="When the consumer's request was received.")
    reminder: int = Field(default=0, ge=0, description="0 for the direction, n for the nth repeat.")
    test: bool = Field(default=False, description="A rehearsal about nobody (simulate).")


class Sent(_Frozen):
    """Proof that a provider's system took a direction, without personal data."""

    status_code: int
    reference: str = Field(default="", description="The provider's own reference, if it gave one.")
    body_hash: str = Field(description="Hex SHA-256 of exactly the bytes that were sent.")
    received_at: AwareDatetime | None = Field(
        default=None, description="Set when the protocol's answer itself proves receipt."
    )
    evidence: "Evidence | None" = Field(default=None, description="Of that receipt.")
    raw_receipt: bytes = Field(
        default=b"", repr=False, exclude=True, description="Its bytes, for the vault alone."
    )
    said: "Acknowledgement | None" = Field(
        default=None, description="When the answer says even more: where an earlier sending stands."
    )

    def proves(self, direction_id: str) -> "Acknowledgement | None":
        """Return what the answer itself proves, as if it had come by callback; often nothing."""
        if self.said is not None:
            return self.said
        if self.received_at is None or self.evidence is None:
            return None
        return Acknowledgement(
            direction_id=direction_id,
            standing=ProviderStanding.RECEIVED,
            at=self.received_at,
            once_key=f"{direction_id}:receipt:{self.evidence.body_hash}",
            evidence=self.evidence,
        )


class LetterWanted(_Frozen):
    """The direction goes as an outbox letter: rendered by letters, sent by the mail dispatcher."""

    notice: NoticeKind
    address: str = Field(default="", description="Mail address; empty for a letter to print.")
    printed: bool = Field(default=False, description="Staff print, post and record it by hand.")


Sending = Sent | LetterWanted


class Copy(_Frozen):
    """What a provider returned of a person's data; it goes to the vault and nowhere else."""

    content_type: str
    body: bytes = Field(repr=False)


class SendingFailed(Exception):
    """A direction could not be handed over.

    ``retryable`` tells a passing failure from a final one; ``code`` is for the ledger; the text is
    for staff. Neither carries personal data nor what the provider's system wrote.
    """

    def __init__(
        self, code: str, text: str, *, retryable: bool, retry_after: timedelta | None = None
    ) -> None:
        self.code = code
        self.retryable = retryable
        self.retry_after = retry_after
        super().__init__(text)


class SendingPaused(SendingFailed):
    """A kill switch is on for this provider or protocol. Clocks run on; try again later."""

    def __init__(self, text: str) -> None:
        super().__init__("sending_paused", text, retryable=True)


class Evidence(_Frozen):
    """What lets an acknowledgement be verified again years later, with its bytes in the vault."""

    scheme: str = Field(description="How it was verified: standard-webhooks-v1, opendsr-rsa-sha256")
    key_fingerprint: str = Field(description="Of the secret or certificate that verified it.")
    body_hash: str = Field(description="Hex SHA-256 of the raw body.")
    headers: Mapping[str, str] = Field(description="The headers that took part in verification.")
    verified_by: str = Field(
        default="", description="Certificate chain (PEM) or public key (JWK); empty for a secret."
    )


class Acknowledgement(_Frozen):
    """A provider's verified answer to one direction."""

    direction_id: str
    standing: ProviderStanding
    at: AwareDatetime = Field(description="When the provider says that it answered.")
    once_key: str = Field(description="Equal for a repetition of the same message.")
    sub_processors: tuple[SubProcessor, ...] = Field(default=(), max_length=50)
    reason: ReasonCode | None = None
    results: bool = Field(default=False, description="A copy waits to be fetched (return_copy).")
    evidence: Evidence | None = None


class CallbackRefused(Exception):
    """A callback that changes nothing. ``status`` is the HTTP answer, ``hint`` helps its sender."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"

    def __init__(self, hint: str) -> None:
        self.hint = hint
        super().__init__(hint)


class Forged(CallbackRefused):
    """No signature of this provider's keys fits the raw bytes."""

    status = 401
    code = "forged"


class Stale(CallbackRefused):
    """The signed time is too far from ours; a captured message may be replayed."""

    status = 401
    code = "stale"


class Malformed(CallbackRefused):
    """Rightly signed, but not what the protocol says."""

    status = 400
    code = "malformed"


class NotOurs(CallbackRefused):
    """Unknown provider, or a direction that is not this provider's: one answer for all of these."""

    status = 404
    code = "not_found"

    def __init__(self, hint: str = "There is no such direction for this provider.") -> None:
        super().__init__(hint)


class TooLarge(CallbackRefused):
    """The body is over the limit; it was not read further."""

    status = 413
    code = "too_large"


class Unverifiable(CallbackRefused):
    """We cannot judge the callback just now: a key or certificate is out of reach."""

    status = 503
    code = "try_again"


def callback_url(public_url: str, provider_id: str) -> str:
    """Return where a provider posts its acknowledgements."""
    return f"{public_url.rstrip('/')}/v1/providers/{provider_id}/callbacks"


class ProviderProtocol(Protocol):
    """What every protocol can do. Optional abilities (cancel, status, results) stand beside it."""

    kind: ProtocolKind

    async def send(self, provider: Provider, direction: Direction, now: AwareDatetime) -> Sending:
        """Hand the direction over, once for equal (direction_id, action, reminder).

        Raises:
            SendingFailed: nothing is known to have arrived; ``retryable`` says if to try again.
        """
        ...

    async def verify(
        self, provider: Provider, headers: Mapping[str, str], raw_body: bytes, now: AwareDatetime
    ) -> Acknowledgement:
        """Judge a callback by its raw bytes before anything is parsed. ``now`` is wall-clock time.

        Raises:
            CallbackRefused: one of its kinds; nothing may change.
        """
        ...


__all__ = [
    "Acknowledgement",
    "CallbackRefused",
    "Copy",
    "DirectedAction",
    "Direction",
    "Evidence",
    "Forged",
    "LetterWanted",
    "Malformed",
    "NotOurs",
    "ProviderProtocol",
    "ReasonCode",
    "Sending",
    "SendingFailed",
    "SendingPaused",
    "Sent",
    "Stale",
    "SubProcessor",
    "TooLarge",
    "Unverifiable",
    "callback_url",
]
