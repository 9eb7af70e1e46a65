"""Who may do what, and the reasons that may be given, word for word."""

from enum import StrEnum

from pydantic import Field

from domain.policy_terms.base import Sentence, Terms
from domain.vocabulary import RequestType, Residency


class Role(StrEnum):
    """Who acts in the company's name."""

    PRIVACY_STAFF = "privacy_staff"
    PRIVACY_OFFICER = "privacy_officer"
    COUNSEL = "counsel"


class IdentityLevel(StrEnum):
    """How well an actor is known, weakest first."""

    SELF_ASSERTED = "self_asserted"
    STATED_BY_CLIENT = "stated_by_client"
    AUTHENTICATED = "authenticated"

    def satisfies(self, asked: "IdentityLevel") -> bool:
        """Tell whether an actor known this well may do what asks for ``asked``."""
        order = list(IdentityLevel)
        return order.index(self) >= order.index(asked)


class Approval(Terms):
    """Who must take one action, how well known, and how many different people."""

    action: str = Field(min_length=1)
    role: Role
    identity: IdentityLevel = IdentityLevel.SELF_ASSERTED
    people: int = Field(default=1, ge=1)
    request_types: tuple[RequestType, ...] = Field(default=(), description="Empty: every type.")


class Reason(Terms):
    """A reason that staff choose by its code; the letter carries its sentence."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    action: str = Field(description="approve, deny, extend_deadline or quote_fee")
    request_types: tuple[RequestType, ...] = Field(default=(), description="Empty: every type.")
    residencies: tuple[Residency, ...] = Field(default=(), description="Empty: every residency.")
    text: Sentence
