"""What the API page and the OpenAPI document say about intake. The examples are tested."""

from collections.abc import Iterable
from typing import Any

from domain.submission import Submission
from gateway.bodies import JSON
from gateway.parts import GatewaySettings
from gateway.problems import (
    INVALID,
    KEY_REUSED,
    MALFORMED_BODY,
    MEDIA_TYPE,
    MEDIA_TYPE_REFUSED,
    NOT_AUTHENTICATED,
    NOT_FOUND,
    TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
    UNAVAILABLE,
    FieldProblem,
    ProblemDocument,
    ProblemKind,
    type_of,
)
from gateway.shapes import Filed, RequestStatus

SUBMISSION_REF = {"$ref": f"#/components/schemas/{Submission.__name__}"}
PROBLEM_REF = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
EXAMPLE_HOST = "https://privacy.example.com"

SUBMISSION_EXAMPLES: dict[str, Any] = {
    "smallest": {
        "summary": "The least that is needed; the consumer adds details by a link.",
        "value": {
            "request_types": ["delete"],
            "consumer": {"name": "Ana Ruiz", "email": "ana.ruiz@example.com"},
        },
    },
    "usual": {
        "summary": "A web form's submission with details to match.",
        "value": {
            "request_types": ["delete"],
            "consumer": {"name": "Ana Ruiz", "email": "ana.ruiz@example.com"},
            "residency": "CA",
            "language": "es",
            "points": {"phone": "+1 415 555 0142", "customer_number": "C-004211"},
        },
    },
    "several": {
        "summary": "Several rights at once: each becomes a request of its own, linked.",
        "value": {
            "request_types": ["know_both", "delete"],
            "consumer": {"name": "Ana Ruiz", "email": "ana.ruiz@example.com"},
            "residency": "CA",
            "period": {"from": "2025-01-01", "to": "2026-06-30"},
        },
    },
    "correction": {
        "summary": "What is wrong, and what is right.",
        "value": {
            "request_types": ["correct"],
            "consumer": {"name": "Ana Ruiz", "email": "ana.ruiz@example.com"},
            "corrections": [
                {"field": "job_title", "held": "Sales Manager", "claimed": "Sales Director"}
            ],
        },
    },
    "agent": {
        "summary": "An agent with the consumer's signed permission asks.",
        "value": {
            "request_types": ["delete"],
            "requester": "agent_signed",
            "consumer": {"name": "Ana Ruiz", "email": "ana.ruiz@example.com"},
            "agent": {
                "name": "Privacy Helpers LLC",
                "email": "requests@privacy-helpers.example.com",
                "entity": True,
            },
        },
    },
    "household": {
        "summary": "Two people of one household ask together; each gets a request of their own.",
        "value": {
            "request_types": ["know_both"],
            "consumer": {"name": "Ana Ruiz", "email": "ana.ruiz@example.com"},
            "household": [
                {
                    "consumer": {"name": "Leo Ruiz", "email": "leo.ruiz@example.com"},
                    "points": {"phone": "+1 415 555 0143"},
                }
            ],
        },
    },
    "letter": {
        "summary": "A letter that the post desk enters; its clocks run from the first contact.",
        "value": {
            "request_types": ["delete"],
            "consumer": {"name": "Sam Lee", "email": "sam.lee@example.com"},
            "residency": "CA",
            "channel": "post",
            "received_at": "2026-11-20T09:30:00-08:00",
            "message": "Please delete everything that you hold about me.",
        },
    },
}


def filing_description(settings: GatewaySettings) -> str:
    """Say what filing does, and which rights this deployment serves."""
    rights, people = sorted(settings.served_types), sorted(settings.served_requesters)
    return (
        "Stores the submission encrypted, starts the clocks and sends the consumer a letter that "
        "confirms receipt. The answer names the dates by which the law has the company act.\n\n"
        "Several rights, or several people of a household, become one request each, all with the "
        "same time of receipt: `requests` in the answer names them.\n\n"
        "Send a new `Idempotency-Key` for each request. If you get no answer, send the same body "
        "with the same key again: nothing is filed twice.\n\n"
        f"Rights that are served here: {_listed(rights)}. Who may ask: {_listed(people)}."
    )


def problem_answer(kind: ProblemKind, detail: str, *errors: FieldProblem) -> dict[str, Any]:
    """Return the OpenAPI description of one error answer, with an example."""
    example = ProblemDocument(
        type=type_of(kind, EXAMPLE_HOST),
        title=kind.title,
        status=kind.status,
        detail=detail,
        errors=errors,
    )
    content = {"schema": PROBLEM_REF, "example": example.model_dump(mode="json")}
    return {"description": f"{kind.title}.", "content": {MEDIA_TYPE: content}}


def header(
    name: str, description: str, *, required: bool = True, **schema: object
) -> dict[str, Any]:
    """Return the OpenAPI description of a header."""
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
    }


SECURITY: list[dict[str, list[str]]] = [{"ApiKey": []}, {"Bearer": []}]

SHARED_PROBLEMS: dict[int, dict[str, Any]] = {
    401: problem_answer(
        NOT_AUTHENTICATED, "Send your API key as X-API-Key or as Authorization: Bearer."
    ),
    429: {
        **problem_answer(TOO_MANY, "Wait 3 seconds, then try again."),
        "headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
    },
    503: problem_answer(UNAVAILABLE, "Nothing was stored. Send the same again in a minute."),
}

BODY_PROBLEMS: dict[int, dict[str, Any]] = {
    400: problem_answer(MALFORMED_BODY, "The body is not JSON: look at line 1, column 17."),
    408: problem_answer(TOO_SLOW, "Send the whole body without long pauses, then try again."),
    413: problem_answer(TOO_LARGE, "Send at most 65536 bytes in one body."),
    415: problem_answer(MEDIA_TYPE_REFUSED, "Send the body as application/json, not compressed."),
}

_FILING_PROBLEMS: dict[int, dict[str, Any]] = {
    **BODY_PROBLEMS,
    409: problem_answer(KEY_REUSED, "Send the first body again, or use a new key for a new one."),
    422: problem_answer(
        INVALID,
        "Change the fields named in errors, then send it again.",
        FieldProblem(pointer="/consumer/email", code="missing", detail="This field is required."),
    ),
}

FILE_DOCS: dict[str, Any] = {
    "summary": "File a privacy request",
    "response_model": Filed,
    "response_description": "Filed.",
    "responses": {
        200: {"model": Filed, "description": "Filed before with this key and body: the same one."},
        **_FILING_PROBLEMS,
        **SHARED_PROBLEMS,
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": SUBMISSION_REF, "examples": SUBMISSION_EXAMPLES}},
        },
        "security": SECURITY,
        "parameters": [
            {
                **header(
                    "Idempotency-Key",
                    "1 to 200 visible ASCII characters, for instance a UUID.",
                    pattern="^[!-~]+$",
                    maxLength=200,
                ),
                "example": "5f1c3a52-6c2e-4a39-9c5a-0d7c7c1f9b11",
            }
        ],
    },
}

STATUS_DOCS: dict[str, Any] = {
    "summary": "Ask how a request stands",
    "description": (
        "Shows stage, dates and outcome of a request that you filed; nothing personal. Send the "
        "last `ETag` as `If-None-Match` to be told cheaply that nothing has changed."
    ),
    "response_model": RequestStatus,
    "response_description": "Where the request stands.",
    "responses": {
        304: {"description": "Nothing has changed since the ETag that you sent."},
        404: problem_answer(
            NOT_FOUND, "Check the request id; you see only what you filed yourself."
        ),
        **SHARED_PROBLEMS,
    },
    "openapi_extra": {
        "security": SECURITY,
        "parameters": [header("If-None-Match", "The ETag of an earlier answer.", required=False)],
    },
}


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)
