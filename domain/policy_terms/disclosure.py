"""What a report to know is made of: the policy's tables, the never-disclose list (KNO-12, RED)."""

from enum import StrEnum

from pydantic import Field

from domain.policy_terms.base import Sentence, Terms


class Label(Terms):
    """A category of data, of sources, of purposes or of recipients, as the policy words it."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    text: Sentence
    sensitive: bool = Field(default=False, description="Sensitive personal information.")
    origin: str = Field(min_length=1, description="Where in the company's policy it stands.")


class WithholdReason(StrEnum):
    """Why a value is never in a package (section 7)."""

    NEVER_DISCLOSE = "NEVER_DISCLOSE"
    POLICY_HEALTH = "POLICY_HEALTH"


class NeverDisclosed(Terms):
    """A type of field whose value is never disclosed, and the line that says that it is held."""

    field_type: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    reason: WithholdReason
    counsel_may_release: bool = False
    line: Sentence


class DisclosureTerms(Terms):
    """The tables behind every report to know."""

    categories: tuple[Label, ...] = Field(min_length=1)
    sources: tuple[Label, ...] = Field(min_length=1)
    purposes: tuple[Label, ...] = Field(min_length=1)
    recipients: tuple[Label, ...] = Field(min_length=1)
    never_disclosed: tuple[NeverDisclosed, ...] = Field(min_length=1)
    sells_or_shares: bool
    formats: tuple[str, ...] = Field(min_length=1)
    link_life_days: int = Field(ge=1, description="Life of a download link (KNO-07).")
    package_purge_days: int = Field(ge=1, description="After delivery (KNO-07).")
    general_practices_link: str
