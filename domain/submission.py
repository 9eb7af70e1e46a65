"""What an intake system hands over: the one shape in which a request enters, by any door."""

import unicodedata
from datetime import date
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    model_validator,
)

from domain.vocabulary import (
    FOR_ANOTHER,
    Channel,
    Language,
    PointOfIdentity,
    Requester,
    RequestType,
    Residency,
)


def _printable(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("holds control characters; send plain text")
    return text


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
]
"""One line of what a person typed."""

FreeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


class _FromOutside(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Consumer(_FromOutside):
    """The person whose data it is, as the submission names them."""

    name: Line = Field(description="Full name, as the consumer writes it.", examples=["Ana Ruiz"])
    email: EmailStr = Field(
        max_length=254,
        description="Where letters go. The consumer proves control of it by a link.",
        examples=["ana.ruiz@example.com"],
    )


class Agent(_FromOutside):
    """Who asks for the consumer: an agent, a parent, a conservator."""

    name: Line = Field(examples=["Privacy Helpers LLC"])
    email: EmailStr = Field(max_length=254, examples=["requests@privacy-helpers.example"])
    entity: bool = Field(default=False, description="A company, not a natural person (AGT-04).")


class Correction(_FromOutside):
    """One value that the consumer says is wrong (COR-01)."""

    field: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,79}$")] = Field(
        description="Name of the field in the data map, or a plain word for it.",
        examples=["job_title"],
    )
    claimed: Line = Field(description="The right value, as the consumer states it.")
    held: Line | None = Field(default=None, description="The wrong value, if the consumer knows.")
    grounds: FreeText = Field(default="", description="Why it is wrong; documents come by link.")


class Period(_FromOutside):
    """The time that a request to know asks about (KNO-03)."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    model_config = ConfigDict(populate_by_name=True)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("ends before it begins")
        return self


class Submission(_FromOutside):
    """A privacy request as it came in; stored encrypted, never shown to Temporal."""

    request_types: tuple[RequestType, ...] = Field(
        min_length=1,
        max_length=6,
        description="The rights that the consumer exercises.",
        examples=[["delete"]],
    )
    consumer: Consumer
    requester: Requester = Field(default=Requester.CONSUMER, description="Who asks.")
    residency: Residency = Field(
        default=Residency.UNKNOWN, description="A simple statement; never proof (REQ-04)."
    )
    channel: Channel = Field(
        default=Channel.WEB_FORM, description="How the request first reached the company."
    )
    language: Language = Field(default=Language.ENGLISH, description="Language of every letter.")
    received_at: AwareDatetime | None = Field(
        default=None,
        description="Instant of the first contact, when it was earlier than this call (REQ-08).",
        examples=["2026-11-22T10:00:00-08:00"],
    )
    points: dict[PointOfIdentity, Line] = Field(
        default_factory=dict,
        max_length=len(PointOfIdentity),
        description="Facts by which the consumer can be matched (VER-01). No government numbers.",
        examples=[{"phone": "+1 415 555 0142", "customer_number": "C-004211"}],
    )
    agent: Agent | None = Field(default=None, description="Needed when somebody else asks.")
    corrections: tuple[Correction, ...] = Field(default=(), max_length=20)
    period: Period | None = Field(default=None, description="Left out: everything (KNO-03).")
    birth_date: date | None = Field(default=None, description="Only where age matters (MIN-01).")
    testimonial: Line | None = Field(default=None, description="Where it stands (REQ-11).")
    message: FreeText = Field(default="", description="What the consumer wrote, if anything.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        asks_for_another = self.requester in FOR_ANOTHER
        if asks_for_another and self.agent is None:
            raise ValueError("name the agent, parent or conservator under agent")
        corrects = _CORRECTING & set(self.request_types)
        if corrects and not self.corrections:
            raise ValueError("say under corrections which fields are wrong and what is right")
        return self


_CORRECTING = {RequestType.CORRECT, RequestType.ACCOUNT_CHANGE}
