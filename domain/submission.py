"""What an intake system hands over: the one shape in which a request enters, by any door."""

from datetime import date
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from domain.paths import PATHS, Proof
from domain.typed_line import is_one_line, without_unseen
from domain.vocabulary import (
    FOR_ANOTHER,
    Channel,
    Language,
    PointOfIdentity,
    Requester,
    RequestType,
    Residency,
)

_FILED = "filed"
"""Validation context: it was taken in already, and must stay readable whatever is refused today."""


def _seen(typed: object, info: ValidationInfo) -> object:
    if not isinstance(typed, str) or info.context == _FILED:
        return typed
    return without_unseen(typed)


def _on_one_line(text: str, info: ValidationInfo) -> str:
    if info.context != _FILED and not is_one_line(text):
        raise ValueError("holds breaks or control characters; send plain text on one line")
    return text


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_on_one_line),
    BeforeValidator(_seen),
]
"""One line of what a person typed; what nobody sees is left out."""

FreeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,128}$")]
"""What a browser is known by; drawn by whoever sets the cookie, and says nothing of its user."""


class NobodyNamed(Exception):
    """A browser's signal came without a person: there is nobody to write to or to look for."""


class _FromOutside(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        populate_by_name=True,
        serialize_by_alias=True,
    )


class Consumer(_FromOutside):
    """The person whose data it is, as the submission names them."""

    name: Line = Field(
        default="",
        description="Full name, as the consumer writes it. May be left out of opt-outs (REQ-09).",
        examples=["Ana Ruiz"],
    )
    postal_address: tuple[Line, ...] = Field(
        default=(),
        max_length=6,
        description="Where letters go on paper, line by line, for who has no mail (NOT-07).",
        examples=[["1480 Guerrero Street", "San Francisco, CA 94110"]],
    )
    email: EmailStr | None = Field(
        default=None,
        max_length=254,
        validate_default=True,
        description="Where letters go. The consumer proves control of it by a link. May be left "
        "out where a postal address is given.",
        examples=["ana.ruiz@example.com"],
    )

    @field_validator("email")
    @classmethod
    def _reachable(cls, email: str | None, info: ValidationInfo) -> str | None:
        if email is None and not info.data.get("postal_address"):
            raise PydanticCustomError("missing", "This field is required.")
        return email


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

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("ends before it begins")
        return self


Points = Annotated[dict[PointOfIdentity, Line], Field(max_length=len(PointOfIdentity))]


class Member(_FromOutside):
    """Another person of the household who asks for the same (REQ-06)."""

    consumer: Consumer
    points: Points = Field(default_factory=dict)


class Submission(_FromOutside):
    """A privacy request as it came in; stored encrypted, never shown to Temporal."""

    request_types: tuple[RequestType, ...] = Field(
        min_length=1,
        max_length=6,
        description="The rights that the consumer exercises.",
        examples=[["delete"]],
    )
    device: DeviceId | None = Field(
        default=None, description="The browser that sent an opt-out signal, if it is known."
    )
    person: Consumer | None = Field(
        default=None,
        alias="consumer",
        validate_default=True,
        description="Whose data it is. Left out only where a browser's signal names nobody.",
    )
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
    points: Points = Field(
        default_factory=dict,
        description="Facts by which the consumer can be matched (VER-01). No government numbers.",
        examples=[{"phone": "+1 415 555 0142", "customer_number": "C-004211"}],
    )
    agent: Agent | None = Field(default=None, description="Needed when somebody else asks.")
    corrections: tuple[Correction, ...] = Field(default=(), max_length=20)
    period: Period | None = Field(default=None, description="Left out: everything (KNO-03).")
    birth_date: date | None = Field(default=None, description="Only where age matters (MIN-01).")
    testimonial: Line | None = Field(default=None, description="Where it stands (REQ-11).")
    household: tuple[Member, ...] = Field(
        default=(),
        max_length=9,
        description="Others who ask for the same in one go; each gets a request of their own.",
    )
    message: FreeText = Field(default="", description="What the consumer wrote, if anything.")

    @classmethod
    def as_filed(cls, body: bytes) -> Self:
        """Read back what was taken in, as it was then."""
        return cls.model_validate_json(body, context=_FILED)

    @field_validator("person")
    @classmethod
    def _somebody_asks(cls, person: Consumer | None, info: ValidationInfo) -> Consumer | None:
        kinds = set(info.data.get("request_types", ()))
        if person is None:
            if kinds != {RequestType.GPC_SIGNAL} or info.data.get("device") is None:
                raise _missing("/consumer")
        elif not person.name and any(_needs_name(kind) for kind in kinds):
            raise _missing("/consumer/name")
        elif person.email is None and not all(_needs_name(kind) for kind in kinds):
            # A choice is kept under the address that it is for (REQ-10).
            raise _missing("/consumer/email")
        return person

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.requester in FOR_ANOTHER and self.agent is None:
            raise _missing("/agent")
        if CORRECTING & set(self.request_types) and not self.corrections:
            raise _missing("/corrections")
        self._check_household()
        return self

    def _check_household(self) -> None:
        needs_name = any(_needs_name(kind) for kind in self.request_types)
        known = {self.person}
        for place, member in enumerate(self.household):
            if needs_name and not member.consumer.name:
                raise _missing(f"/household/{place}/consumer/name")
            if member.consumer in known:
                raise PydanticCustomError(
                    "named_twice",
                    "This person is named already.",
                    {"pointer": f"/household/{place}/consumer"},
                )
            known.add(member.consumer)
        if self.household and _ONE_PERSONS_OWN & set(self.request_types):
            raise PydanticCustomError(
                "one_person_only",
                "A correction or a testimonial is one person's: file these one by one.",
                {"pointer": "/household"},
            )

    def addressed_to(self, email: str) -> Self:
        """Return the same with another e-mail address of the consumer. Raises ``NobodyNamed``."""
        moved = Consumer.model_validate(self.consumer.model_dump() | {"email": email})
        return self.model_copy(update={"person": moved})

    def wants_the_same(self, other: Self) -> bool:
        """Tell whether an answer to the one would answer the other, of one kind (REQ-17)."""
        return self._particulars == other._particulars

    @property
    def _particulars(self) -> tuple[object, ...]:
        claims = frozenset((each.field, each.claimed) for each in self.corrections)
        return (claims, self.period, self.testimonial)

    @property
    def consumer(self) -> Consumer:
        """The person whose data it is.

        Raises:
            NobodyNamed: a browser's signal brought no person; see ``device``.
        """
        if self.person is None:
            raise NobodyNamed("this signal names nobody; look at its device instead")
        return self.person


CORRECTING = frozenset({RequestType.CORRECT, RequestType.ACCOUNT_CHANGE})
"""Rights that need to be told what is wrong and what is right."""

_ONE_PERSONS_OWN = {*CORRECTING, RequestType.TESTIMONIAL_CHANGE}


def _needs_name(right: RequestType) -> bool:
    """An opt-out asks only for what finds the person (REQ-09, REQ-10)."""
    path = PATHS.get(right)
    return path is None or path.proof is not Proof.NOTHING


def _missing(pointer: str) -> PydanticCustomError:
    return PydanticCustomError("missing", "This field is required.", {"pointer": pointer})
