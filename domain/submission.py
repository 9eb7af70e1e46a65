"""What an intake system hands over: the one shape in which a request enters, by any door."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from domain.vocabulary import Channel, Language, PointOfIdentity, Requester, RequestType, Residency

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
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
    message: FreeText = Field(default="", description="What the consumer wrote, if anything.")
