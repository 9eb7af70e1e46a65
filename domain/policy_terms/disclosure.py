"""What a report to know is made of: the policy's tables, the never-disclose list (KNO-12, RED)."""

from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

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


class LookBack(Terms):
    """How far back a report goes for requests received from a day on (KNO-03)."""

    received_from: date
    months: int | None = Field(default=None, ge=1, description="Counted back from receipt.")
    collected_since: date | None = Field(default=None, description="Everything from this day on.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.months is None) == (self.collected_since is None):
            raise ValueError("give either months or collected_since")
        return self


class DisclosureTerms(Terms):
    """The tables behind every report to know."""

    look_back: tuple[LookBack, ...] = Field(min_length=1, description="In order of their days.")

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
