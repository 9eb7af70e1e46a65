"""What the doors for programs read and answer. Dates are the company's, instants are UTC."""

from datetime import date
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from domain.clocks import RequestDates
from domain.ids import request_id
from domain.submission import Consumer, DeviceId
from domain.vocabulary import Language, RequestType, Residency

EXAMPLE_ID = request_id(b"\x2a\x5e\x19\x77\x03")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class PromisedDates(_Answer):
    """By when the law has the company act; where several rights are asked, the earliest day."""

    receipt_date: date = Field(description="Day 0 of every clock.", examples=["2026-11-23"])
    confirm_receipt_by: date | None = Field(
        description="Last day for the letter that confirms receipt.",
        examples=["2026-12-09"],
    )
    answer_by: date = Field(description="Last day for the answer.", examples=["2027-01-07"])
    answer_deadline: AwareDatetime = Field(
        description="The last second of that day.", examples=["2027-01-08T07:59:59Z"]
    )
    latest_answer_by: date | None = Field(
        description="Last day if the deadline is extended in writing.",
        examples=["2027-02-21"],
    )

    @classmethod
    def of(cls, dates: RequestDates) -> Self:
        """Take the promises from a request's dates."""
        return cls(
            receipt_date=dates.receipt_date,
            confirm_receipt_by=dates.ack_due,
            answer_by=dates.response_due,
            answer_deadline=dates.response_deadline,
            latest_answer_by=dates.max_extended_due,
        )


class FiledRequest(_Answer):
    """One request of a submission: one person, one right."""

    request_id: str = Field(
        description="Quote this to the consumer. Carries no meaning.", examples=[EXAMPLE_ID]
    )
    request_type: RequestType = Field(examples=["delete"])
    member: int = Field(
        description="Whose it is: 0 the consumer's, then the household's in the order sent.",
        examples=[0],
    )
    status_url: str = Field(
        description="Where to ask how the request stands.",
        examples=[f"https://privacy.example.com/v1/requests/{EXAMPLE_ID}"],
    )
    dates: PromisedDates


class Filed(_Answer):
    """What was filed, now or by an earlier call with the same Idempotency-Key."""

    request_id: str = Field(description="The first of the requests.", examples=[EXAMPLE_ID])
    status_url: str = Field(
        description="Where to ask how the first one stands.",
        examples=[f"https://privacy.example.com/v1/requests/{EXAMPLE_ID}"],
    )
    dates: PromisedDates = Field(description="Those of the first one.")
    requests: tuple[FiledRequest, ...] = Field(
        description="One for each person and right, all with the same time of receipt."
    )


class Signal(BaseModel):
    """What a site's backend knows of the browser whose signal it passes on."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    device: DeviceId | None = Field(
        default=None,
        description="The browser, by an opaque id of yours.",
        examples=["f3c1a9d07b524e6a8b1f"],
    )
    consumer: Consumer | None = Field(
        default=None, description="Who is signed in, if anybody is; only then a letter is sent."
    )
    residency: Residency = Residency.UNKNOWN
    language: Language = Language.ENGLISH

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.device is None and self.consumer is None:
            raise PydanticCustomError("missing", "Name one of both.", {"pointer": "/device"})
        return self


class SignalAnswer(_Answer):
    """Whether the opt-out stands. Nothing in it is personal."""

    honoured: bool = Field(description="False only where no signal was sent.")
    request_id: str | None = Field(
        description="The request by which it stands.", examples=[EXAMPLE_ID]
    )
    since: date | None = Field(description="Since which day.", examples=["2026-11-23"])


class RequestStatus(_Answer):
    """Where a request stands. Nothing in it is personal."""

    request_id: str = Field(examples=[EXAMPLE_ID])
    request_types: tuple[RequestType, ...] = Field(examples=[["delete"]])
    linked: tuple[str, ...] = Field(
        description="Other requests of the same person, filed in one go with this one.",
        examples=[[]],
    )
    stage: str = Field(
        description="Step of the procedure: received, verifying, deciding, fulfilling …, closed.",
        examples=["verifying"],
    )
    received_at: AwareDatetime = Field(examples=["2026-11-23T18:00:00Z"])
    dates: PromisedDates = Field(description="As promised on receipt.")
    answer_deadline: AwareDatetime = Field(
        description="The deadline in force: as promised, or extended.",
        examples=["2027-01-08T07:59:59Z"],
    )
    answered_at: AwareDatetime | None = Field(description="When the answer left.", examples=[None])
    outcome: str | None = Field(description="How it was decided.", examples=[None])
    closed_at: AwareDatetime | None = Field(description="When nothing was left.", examples=[None])
