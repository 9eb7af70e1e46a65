"""Where a request stands in the protocol's words: a fold of our ledger (sections 3.02, 3.03)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from agents.directory import Agent
from domain import clocks, policies
from domain.decisions.letters import owes_declaration
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import (
    Decision,
    Requester,
    RequestType,
    Residency,
    VerificationOutcome,
)

VERIFY = "/verify"
"""Path of our page where the consumer sees what only they can do; the request's id follows."""


class Reason(StrEnum):
    """Why a request is in its state."""

    NEED_USER_VERIFICATION = "need_user_verification"
    SUSPECTED_FRAUD = "suspected_fraud"
    INSUF_VERIFICATION = "insuf_verification"
    NO_MATCH = "no_match"
    CLAIM_NOT_COVERED = "claim_not_covered"
    TOO_MANY_REQUESTS = "too_many_requests"
    OTHER = "other"


Name = Literal["open", "in_progress", "fulfilled", "revoked", "denied"]


class Status(BaseModel):
    """The protocol's status object. Never carries what is held of anybody."""

    model_config = ConfigDict(frozen=True)

    request_id: UUID
    status: Name
    reason: Reason | None = None
    received_at: AwareDatetime
    expected_by: AwareDatetime | None = None
    agent_request_id: str | None = Field(default=None, repr=False)
    processing_details: str | None = None
    user_verification_url: str | None = None
    expires_at: AwareDatetime | None = None

    @property
    def final(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ("fulfilled", "revoked", "denied")

    def document(self) -> bytes:
        """Return the JSON as agents get it; what is not known is left out."""
        return self.model_dump_json(exclude_none=True).encode()


class Gathered(Protocol):
    """What our records have of a request: its facts, the agent's own words, the ledger's fold."""

    @property
    def drp_id(self) -> UUID:
        """The id that the agent knows."""

    @property
    def request_type(self) -> RequestType:
        """The right."""

    @property
    def residency(self) -> Residency:
        """Whose law."""

    @property
    def received_at(self) -> datetime:
        """When the clocks began to run."""

    @property
    def respond_by(self) -> datetime | None:
        """The due instant in force, once the ledger has it."""

    @property
    def agent_request_id(self) -> str | None:
        """The agent's own number."""

    @property
    def status_callback(self) -> str | None:
        """Where the agent wants to be called."""

    @property
    def state(self) -> RequestState:
        """Where the request stands."""

    @property
    def revoking(self) -> bool:
        """Whether the agent has taken it back, and its workflow has not read that yet."""


def told(gathered: Gathered, agent: Agent, public_url: str) -> Status:
    """Return the status as ``agent`` is told it; our page for the consumer is at ``public_url``."""
    policy = policies.in_force_at(gathered.received_at)
    callback = gathered.status_callback
    known = Known(
        drp_id=gathered.drp_id,
        received_at=gathered.received_at,
        due=gathered.respond_by or _promised(gathered, policy),
        agent_request_id=gathered.agent_request_id,
        verification_url=f"{public_url}{VERIFY}/{gathered.drp_id}",
        revoking=gathered.revoking,
        remarks=(_NO_CALLBACK,) if callback and not agent.owns(callback) else (),
    )
    return status_of(known, gathered.state, policy)


def _promised(gathered: Gathered, policy: Policy) -> datetime:
    dates = clocks.request_dates(
        policy, gathered.request_type, gathered.residency, gathered.received_at
    )
    return dates.response_deadline


_NO_CALLBACK = (
    "Your status_callback is not called: its host is not registered for you. Ask for the status."
)


class Known(BaseModel):
    """What is known of a request beside its ledger.

    ``due`` is the instant by which it is answered, ``revoking`` that the agent has taken it back
    and its workflow has not read that yet, ``remarks`` sentences for the agent.
    """

    model_config = ConfigDict(frozen=True)

    drp_id: UUID
    received_at: AwareDatetime
    due: AwareDatetime
    agent_request_id: str | None = Field(default=None, repr=False)
    verification_url: str
    revoking: bool = False
    remarks: tuple[str, ...] = ()


def status_of(known: Known, state: RequestState, policy: Policy) -> Status:
    """Return a request's status. A request passes from open to in_progress at once.

    It is final only once the consumer has the answer, or the request was taken back.
    """
    if known.revoking or state.decision is Decision.WITHDRAWN:
        return _withdrawn(known, state)
    if state.answered:
        return _answered(known, state)
    needs_user = bool(consumer_steps(state, policy))
    return _status(
        known,
        "in_progress",
        Reason.NEED_USER_VERIFICATION if needs_user else None,
        _progress(known, state, policy),
        expected_by=known.due,
        user_verification_url=known.verification_url if needs_user else None,
        expires_at=state.dates.window_closes_at if needs_user and state.dates else None,
    )


def consumer_steps(state: RequestState, policy: Policy) -> tuple[str, ...]:
    """Name what the request waits for that only the consumer can do (AGT-02)."""
    if not state.received or state.identity_settled or state.decision is not None:
        return ()
    if not state.proves_address:
        return ()
    asked_again = state.assessment is not None and not state.assessment_is_due
    steps = {
        "confirm": not state.address_confirmed,
        "points": asked_again,
        "declaration": owes_declaration(state, policy),
    }
    return tuple(step for step, holds in steps.items() if holds)


def can_be_revoked(state: RequestState) -> bool:
    """Tell whether nothing is decided yet, so that a request can be taken back (REC-07)."""
    return state.decision is None and not state.answered


def _withdrawn(known: Known, state: RequestState) -> Status:
    if state.disowned:
        text = "The person at the address that you gave says that this request is not theirs."
        return _status(known, "denied", Reason.INSUF_VERIFICATION, [text])
    return _status(known, "revoked", None, [])


def _answered(known: Known, state: RequestState) -> Status:
    outcome = state.outcome or Decision.DENY
    if outcome in (Decision.GRANT, Decision.GRANT_PARTIAL):
        return _status(known, "fulfilled", None, _fulfilled(state, outcome))
    reason, text = _denied(state, outcome)
    return _status(known, "denied", reason, [text])


def _denied(state: RequestState, outcome: Decision) -> tuple[Reason, str]:
    if outcome is Decision.DENY:
        return _REASONS_OF_STAFF.get(state.decision_reason, _BY_LAW)
    if outcome is Decision.UNVERIFIED_DENY and not state.authority_settled:
        return Reason.INSUF_VERIFICATION, "No proof came in time that you may ask for the consumer."
    return _DENIALS.get(outcome, (Reason.OTHER, "The letter to the consumer says why."))


_BY_LAW = (
    Reason.CLAIM_NOT_COVERED,
    "The law does not give this right here, or lets us keep everything. The letter to the "
    "consumer says why.",
)
_REASONS_OF_STAFF: Mapping[str, tuple[Reason, str]] = {
    "fraudulent": (Reason.SUSPECTED_FRAUD, "We believe in good faith that this is fraud."),
    "identity_not_verified": (
        Reason.INSUF_VERIFICATION,
        "We could not verify the consumer's identity.",
    ),
    "no_reasonable_method": (
        Reason.INSUF_VERIFICATION,
        "There is no reasonable way to verify anybody well enough for this.",
    ),
    "agent_not_authorized": (
        Reason.INSUF_VERIFICATION,
        "The proof that you may ask for the consumer does not do.",
    ),
    "unfounded_or_excessive": (Reason.TOO_MANY_REQUESTS, "This request is excessive."),
}
"""Coded reasons of the policy by the protocol's; any other is one of the law."""

_DENIALS: Mapping[Decision, tuple[Reason, str]] = {
    Decision.UNVERIFIED_DENY: (
        Reason.INSUF_VERIFICATION,
        "The consumer's identity was not verified in time.",
    ),
    Decision.UNVERIFIED_TREAT_AS_OPT_OUT: (
        Reason.INSUF_VERIFICATION,
        "The consumer's identity was not verified in time. Nothing was deleted; the request was "
        "treated as an opt-out of sale and sharing instead.",
    ),
    Decision.NO_DATA: (Reason.NO_MATCH, "Nothing is held under the details given."),
    Decision.REFUSE_EXCESS: (
        Reason.TOO_MANY_REQUESTS,
        "This is more than the law has us serve in twelve months.",
    ),
    Decision.DUPLICATE: (
        Reason.OTHER,
        "The consumer had asked for the same before. The answer to that request answers this one.",
    ),
}


def _fulfilled(state: RequestState, outcome: Decision) -> list[str]:
    said = ["The answer went to the consumer, at the address that you gave."]
    if state.unverified is VerificationOutcome.DOWNGRADE_TO_CATEGORIES:
        said.append("Categories were given, but no pieces: identity was not verified far enough.")
    elif outcome is Decision.GRANT_PARTIAL:
        said.append("A part was not done or not given; the letter says what and why.")
    return said


def _progress(known: Known, state: RequestState, policy: Policy) -> list[str]:
    return [*_authority(state), *_extension(state, policy), *known.remarks]


def _authority(state: RequestState) -> Iterator[str]:
    if state.received and not state.authority_settled and state.decision is None:
        power = state.requester is Requester.AGENT_POA
        proof = "the power of attorney" if power else "the consumer's signed permission"
        yield f"We wait for {proof}: answer the letter to your contact address."


def _extension(state: RequestState, policy: Policy) -> Iterator[str]:
    """Give the reason of an extension that holds, which the protocol demands (section 3.08)."""
    extension = state.extension
    if extension is not None and extension.status == "effective":
        known = policy.reason("extend_deadline", extension.reason, state.request_type)
        why = known.text.en if known else extension.reason
        yield f"Extended to {extension.new_due}: {why}"


def _status(
    known: Known,
    status: Name,
    reason: Reason | None,
    details: list[str],
    *,
    expected_by: AwareDatetime | None = None,
    user_verification_url: str | None = None,
    expires_at: AwareDatetime | None = None,
) -> Status:
    return Status(
        request_id=known.drp_id,
        status=status,
        reason=reason,
        received_at=known.received_at,
        expected_by=expected_by,
        agent_request_id=known.agent_request_id,
        processing_details=" ".join(details) or None,
        user_verification_url=user_verification_url,
        expires_at=expires_at,
    )
