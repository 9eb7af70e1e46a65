"""What the API page and the OpenAPI document say about webhooks. The example is tested."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.vocabulary import RequestType
from gateway.bodies import JSON
from gateway.intake_docs import header
from gateway.shapes import EXAMPLE_ID


class StatusData(BaseModel):
    """Where a request stands since then. Nothing in it is personal."""

    model_config = ConfigDict(frozen=True)

    request_id: str = Field(examples=[EXAMPLE_ID])
    sequence: int = Field(description="Higher is later: of one request drop what is older.")
    request_types: tuple[RequestType, ...] = Field(examples=[["delete"]])
    stage: str = Field(description="As the status says it.", examples=["deciding"])
    answer_deadline: AwareDatetime | None = Field(description="The deadline in force.")
    answered_at: AwareDatetime | None = Field(description="When the answer left.")
    outcome: str | None = Field(description="How it was decided.")
    closed_at: AwareDatetime | None = Field(description="When nothing was left to do.")


class StatusChanged(BaseModel):
    """A message that the status of a request has changed."""

    model_config = ConfigDict(frozen=True)

    type: Literal["request.status_changed"]
    timestamp: AwareDatetime = Field(description="When it changed.")
    data: StatusData


WEBHOOK_EXAMPLE: dict[str, Any] = {
    "type": "request.status_changed",
    "timestamp": "2026-11-24T17:03:11Z",
    "data": {
        "request_id": EXAMPLE_ID,
        "sequence": 1207,
        "request_types": ["delete"],
        "stage": "deciding",
        "answer_deadline": "2027-01-08T07:59:59Z",
        "answered_at": None,
        "outcome": None,
        "closed_at": None,
    },
}

_HEADERS = (
    ("webhook-id", "Names the message; the same at every attempt."),
    ("webhook-timestamp", "Unix seconds of this attempt."),
    ("webhook-signature", "A `v1,` signature for each valid secret, with blanks between."),
)

WEBHOOKS: dict[str, Any] = {
    "request.status_changed": {
        "post": {
            "tags": ["Webhooks"],
            "operationId": "request_status_changed",
            "summary": "Hear that a request moved on",
            "description": (
                "We post this to the addresses that an operator registered for you with "
                "`privacy webhook add`, signed by Standard Webhooks. Verify the signature over the "
                "raw body, answer any 2xx at once, act afterwards.\n\n"
                "What is not taken within ten seconds is tried again, at longer and longer "
                "intervals for three days. Of one request you hear in order; the same message may "
                "come twice."
            ),
            "parameters": [header(name, text) for name, text in _HEADERS],
            "requestBody": {
                "required": True,
                "content": {
                    JSON: {
                        "schema": {"$ref": f"#/components/schemas/{StatusChanged.__name__}"},
                        "examples": {
                            "deciding": {
                                "summary": "The consumer is verified, and staff decide.",
                                "value": WEBHOOK_EXAMPLE,
                            }
                        },
                    }
                },
            },
            "responses": {
                "2XX": {"description": "You have it."},
                "default": {"description": "Anything else is tried again."},
            },
        }
    }
}
