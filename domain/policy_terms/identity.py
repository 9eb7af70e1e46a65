"""How strongly people must be known before anything is disclosed or erased (VER, AGT)."""

from enum import StrEnum

from pydantic import Field

from domain.policy_terms.base import Terms
from domain.vocabulary import PointOfIdentity, RequestType, Residency, VerificationOutcome


class Reliability(StrEnum):
    """What one matching point is worth (VER-19)."""

    RELIABLE = "reliable"
    BY_PROVED_CONTROL = "by_proved_control"
    NOT_ALONE = "not_alone"


class PointTerms(Terms):
    """What one kind of point is worth."""

    point: PointOfIdentity
    reliability: Reliability


class Tier(Terms):
    """The strength asked of some types of request, and what happens when it is not reached."""

    request_types: tuple[RequestType, ...] = Field(min_length=1)
    residencies: tuple[Residency, ...] = Field(min_length=1)
    points: int = Field(ge=0)
    points_if_sensitive: int | None = Field(default=None, ge=0)
    declaration: bool = False
    if_unverified: VerificationOutcome


class AgentTerms(Terms):
    """What an agent must show (AGT-01 to AGT-04)."""

    consumer_verifies_directly: bool
    consumer_confirms_permission: bool
    require_entity_registration: bool
    poa_probate_sections_from: int
    poa_probate_sections_to: int
    poa_adult_witnesses: int = Field(ge=1)


class VerificationTerms(Terms):
    """Everything about identity that is a number or a choice."""

    tiers: tuple[Tier, ...] = Field(min_length=1)
    points: tuple[PointTerms, ...] = Field(min_length=1)
    never_asked: tuple[str, ...] = Field(description="Kinds of data never used as points (VER-02).")
    fraud_flag_mismatches: int = Field(ge=1, description="Mismatches that raise a flag (VER-01).")
    contact_unchanged_days: int = Field(
        ge=0, description="How long a contact point must have stood before receipt (VER-17)."
    )
    evidence_purge_days: int = Field(ge=0, description="After close, for identity proofs (VER-02).")
    unconfirmed_letters: int = Field(
        ge=1, description="Letters to an address that nobody confirmed (NOT-05)."
    )
    agents: AgentTerms

    def is_reliable(self, point: PointOfIdentity, *, control_proved: bool = False) -> bool:
        """Tell whether a match of ``point`` counts (VER-19); one not listed never does."""
        worth = {row.point: row.reliability for row in self.points}.get(point)
        return worth is Reliability.RELIABLE or (
            worth is Reliability.BY_PROVED_CONTROL and control_proved
        )
