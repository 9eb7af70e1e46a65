"""One revision of the privacy policy, with the law it was written under, as typed data (PRN-02).

Read a revision with :func:`parse_policy`; a request names its revision with a :class:`PolicyPin`.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, time
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from domain.chain import canonical
from domain.policy_checks import contradictions
from domain.policy_problems import Document, PolicyInvalid, problems_of, read_document
from domain.policy_terms.base import Sentence, Terms
from domain.policy_terms.clocks import Clock
from domain.policy_terms.disclosure import DisclosureTerms
from domain.policy_terms.duties import (
    BrokerTerms,
    CorrectionTerms,
    DeletionTerms,
    FeeTerms,
    FrequencyTerms,
    LinkTerms,
    MailTerms,
    MetricsTerms,
    MinorTerms,
    OptOutTerms,
    ProviderTerms,
    RetentionTerms,
)
from domain.policy_terms.history import Conflict, Parameter, Right, Value
from domain.policy_terms.identity import Tier, VerificationTerms
from domain.policy_terms.staff import Approval, Reason
from domain.vocabulary import RequestType, Residency

__all__ = ["Business", "Policy", "PolicyInvalid", "PolicyPin", "content_hash", "parse_policy"]


class Business(Terms):
    """Who answers, and how people reach the company."""

    name: str = Field(min_length=1)
    mailboxes: tuple[str, ...] = Field(
        min_length=1, description="Every designated address (REQ-07)."
    )
    contact_email: str = Field(min_length=3, description="The address that letters name.")
    postal_address: tuple[str, ...] = Field(min_length=1)
    phone: str = Field(min_length=3, description="The toll-free number (REQ-07).")
    website: str
    privacy_policy_url: str
    supervisory_authority_url: str
    how_to_check_a_letter: Sentence = Field(description="How to tell a genuine letter (NOT-06).")


class Policy(BaseModel):
    """One revision. Everything with a number or a choice stands here; no code repeats it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    title: str
    effective_from: date
    effective_to: date | None = Field(
        default=None, description="Last day; without it, the day before the next one."
    )
    time_zone: str
    warn_at: time = Field(description="Local hour at which staff are warned.")
    calendar: str = Field(description="Which of the holiday tables counts (HOL-01, HOL-05).")
    business: Business
    holidays: Mapping[str, Mapping[int, tuple[date, ...]]]
    clocks: tuple[Clock, ...] = Field(min_length=1)
    rights: tuple[Right, ...] = Field(min_length=1)
    verification: VerificationTerms
    approvals: tuple[Approval, ...] = Field(min_length=1)
    reasons: tuple[Reason, ...] = Field(min_length=1)
    deletion: DeletionTerms
    correction: CorrectionTerms
    frequency: FrequencyTerms
    fees: FeeTerms
    opt_out: OptOutTerms
    minors: MinorTerms
    disclosure: DisclosureTerms
    retention: RetentionTerms
    providers: ProviderTerms
    links: LinkTerms
    mail: MailTerms
    metrics: MetricsTerms
    broker: BrokerTerms
    conflicts: tuple[Conflict, ...] = ()
    parameters: tuple[Parameter, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("name a time zone such as America/Los_Angeles") from None
        return name

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError("effective_to is before effective_from; swap the two or leave it out")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which instants become dates (PRN-03)."""
        return ZoneInfo(self.time_zone)

    def clock_for(self, request_type: RequestType, residency: Residency) -> Clock:
        """Return the clock of a request; a checked policy has exactly one for each pair."""
        return next(
            clock
            for clock in self.clocks
            if request_type in clock.request_types and residency in clock.residencies
        )

    def clock_named(self, name: str) -> Clock:
        """Return the clock called ``name``, as ``RequestDates.clock`` names it."""
        return next(clock for clock in self.clocks if clock.name == name)

    def tier_for(self, request_type: RequestType, residency: Residency) -> Tier:
        """Return the strength of verification that a request needs (rulebook section 3)."""
        return next(
            tier
            for tier in self.verification.tiers
            if request_type in tier.request_types and residency in tier.residencies
        )

    def reasons_for(self, action: str, request_type: RequestType) -> tuple[Reason, ...]:
        """Return the reasons that staff may give for ``action`` on a request of this type."""
        return tuple(
            reason
            for reason in self.reasons
            if reason.action == action
            and (not reason.request_types or request_type in reason.request_types)
        )

    def reason(self, action: str, code: str, request_type: RequestType) -> Reason | None:
        """Return the reason with this code, or ``None`` where staff may not give it."""
        offered = self.reasons_for(action, request_type)
        return next((reason for reason in offered if reason.code == code), None)

    def approval_for(self, action: str, request_type: RequestType) -> Approval | None:
        """Return who must take ``action``: this type's row, else the general one, else ``None``."""
        rows = [row for row in self.approvals if row.action == action]
        own = next((row for row in rows if request_type in row.request_types), None)
        return own or next((row for row in rows if not row.request_types), None)

    def parameter(self, name: str, day: date) -> Value | None:
        """Return what section 16 says of ``name`` for a request received on ``day``.

        Raises ``KeyError`` when the policy keeps no history of such a value.
        """
        return {row.name: row for row in self.parameters}[name].on(day)


class PolicyPin(BaseModel):
    """Names the revision and exact content that a request keeps until it is closed (PRN-02)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    content_hash: str


def parse_policy(text: str, source: str) -> Policy:
    """Read one revision from YAML; ``source`` is the file name that errors show.

    Raises :class:`PolicyInvalid` with every problem found, each with its line and what to do.
    """
    document = read_document(text, source)
    policy = _validated(document)
    problems = contradictions(policy)
    if problems:
        raise PolicyInvalid(document.problem(where, what) for where, what in problems)
    return policy


def content_hash(policy: Policy) -> str:
    """Return the hex SHA-256 of what the revision says.

    Only what the file itself states counts, so that a new optional key in a later release of this
    software leaves the hash, and with it every open request's pin, as it was.
    """
    return hashlib.sha256(content(policy)).hexdigest()


def content(policy: Policy) -> bytes:
    """Return the canonical bytes of what the revision says, which its hash covers."""
    stated = policy.model_dump(mode="json", exclude_unset=True)
    return canonical(_with_text_keys(stated))


def _validated(document: Document) -> Policy:
    try:
        return Policy.model_validate(document.content)
    except ValidationError as error:
        raise PolicyInvalid(problems_of(error, document, Policy)) from None


def _with_text_keys(stated: dict[str, object]) -> dict[str, object]:
    return {
        str(key): _with_text_keys(value) if isinstance(value, dict) else value
        for key, value in stated.items()
    }
