"""What staff know of a request when they ask what must be done: the input of a plan."""

from datetime import date
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from domain.agents import Authority
from domain.declarations import Declaration, Signer, signer_for
from domain.frequency import PriorRequest
from domain.minors import Band
from domain.verification import AccountRoute
from domain.vocabulary import Channel, PointOfIdentity, Requester, RequestType, Residency

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


_TYPES_TOO = ("request_type", "type", "types")
"""Other names that people give to the rights that are asked for."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _declaration(word: str, requester: str) -> object:
    known = Requester(requester) if requester in set(Requester) else Requester.CONSUMER
    # An agent whose power of attorney does not stand needs the consumer's own.
    return {"signer": signer_for(known) or Signer.CONSUMER} if word == "valid" else None


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OfferedPoint(_Facts):
    """A point that the consumer offers; ``matched`` is ``None`` until somebody has looked."""

    name: PointOfIdentity
    matched: bool | None = None
    control_proved: bool = Field(
        default=False, description="The consumer proved to control the address."
    )


class RequestFacts(_Facts):
    """One submission, in facts without personal data but the date of birth."""

    request_types: Annotated[tuple[RequestType, ...], BeforeValidator(_as_list)] = Field(
        min_length=1, description="One right or several, as `request_type` too."
    )
    received_at: AwareDatetime = Field(description="Of the first contact, with its offset.")
    requester: Requester = Requester.CONSUMER
    residency: Residency = Residency.UNKNOWN
    channel: Channel = Channel.WEB_FORM
    birth_date: date | None = None
    age_band: Band | None = None
    points: tuple[OfferedPoint, ...] = ()
    others_matched: tuple[int, ...] = Field(
        default=(), description="Points that match other persons in the records (VER-18)."
    )
    account: AccountRoute = AccountRoute.NONE
    declaration: Declaration | None = None
    sensitive: bool = Field(default=False, description="A correction of sensitive data.")
    contested: tuple[PointOfIdentity, ...] = ()
    agent: Authority = Authority()
    parent_method: Word | None = None
    steps_done: int | None = Field(default=None, ge=0)
    prior: tuple[PriorRequest, ...] = ()
    period: tuple[date | None, date | None] | None = None
    as_of: AwareDatetime | None = Field(
        default=None, description="The instant for which is asked; by default that of receipt."
    )

    @model_validator(mode="before")
    @classmethod
    def _one_type_is_several(cls, given: object) -> object:
        if not isinstance(given, dict) or "request_types" in given:
            return given
        named = [key for key in _TYPES_TOO if key in given]
        rest = {key: value for key, value in given.items() if key not in named}
        return {**rest, "request_types": given[named[0]]} if len(named) == 1 else given

    @model_validator(mode="before")
    @classmethod
    def _short_words(cls, given: object) -> object:
        """Take ``valid`` for a whole declaration of the right signer, a bare name for a point."""
        if not isinstance(given, dict):
            return given
        points, declaration = given.get("points") or (), given.get("declaration")
        offered = [{"name": each} if isinstance(each, str) else each for each in points]
        if isinstance(declaration, str):
            declaration = _declaration(declaration, str(given.get("requester") or "consumer"))
        return {**given, "points": offered, "declaration": declaration}

    @model_validator(mode="after")
    def _one_age(self) -> Self:
        if self.birth_date is not None and self.age_band is not None:
            raise ValueError("give birth_date or age_band, not both")
        if self.birth_date is not None and self.birth_date > self.received_at.date():
            raise ValueError("birth_date lies after received_at; correct the one that is wrong")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first, last = self.period or (None, None)
        if first is not None and last is not None and last < first:
            raise ValueError("period ends before it begins; give its first day first")
        return self

    @model_validator(mode="after")
    def _open_to_them(self) -> Self:
        others = set(self.request_types) - {RequestType.MINOR_PURGE}
        if self.requester in {Requester.REPORTER, Requester.COMPANY} and others:
            raise ValueError("a reporter and the company ask for nothing but minor_purge (MIN-06)")
        return self
