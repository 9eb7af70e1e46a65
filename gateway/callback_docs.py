"""What the API page and the OpenAPI document say about callbacks."""

from typing import Any

from gateway.intake_docs import header, problem_answer
from gateway.problems import (
    GONE,
    MALFORMED_BODY,
    NOT_FOUND,
    SIGNATURE_REFUSED,
    TOO_LARGE,
    TOO_MANY,
    UNAVAILABLE,
)
from gateway.shapes import EXAMPLE_ID
from providers.protocol import ReasonCode

CALLBACK_TYPE = "privacy.direction.acknowledged"

CALLBACK_EXAMPLES: dict[str, Any] = {
    "received": {
        "summary": "The direction has arrived.",
        "value": {
            "type": CALLBACK_TYPE,
            "data": {"direction_id": f"{EXAMPLE_ID}.acme", "status": "received"},
        },
    },
    "done": {
        "summary": "Everything is deleted, also at a provider of your own.",
        "value": {
            "type": CALLBACK_TYPE,
            "data": {
                "direction_id": f"{EXAMPLE_ID}.acme",
                "status": "done",
                "sub_processors": ["Nimbus Storage"],
            },
        },
    },
    "partly": {
        "summary": "A part has to stay, for a coded reason.",
        "value": {
            "type": CALLBACK_TYPE,
            "data": {
                "direction_id": f"{EXAMPLE_ID}.acme",
                "status": "partly",
                "reason": "legal_obligation",
            },
        },
    },
}

CALLBACK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "data"],
    "properties": {
        "type": {"type": "string", "const": CALLBACK_TYPE},
        "data": {
            "type": "object",
            "required": ["direction_id", "status"],
            "properties": {
                "direction_id": {"type": "string", "description": "As our direction names it."},
                "status": {
                    "type": "string",
                    "enum": ["received", "done", "partly", "not_found", "refused"],
                },
                "reason": {
                    "type": "string",
                    "enum": [reason.value for reason in ReasonCode],
                    "description": "Why something has to stay.",
                },
                "sub_processors": {
                    "type": "array",
                    "maxItems": 50,
                    "items": {"type": "string", "maxLength": 80},
                    "description": "Names of your own providers that you directed.",
                },
            },
        },
    },
}

_HEADERS = (
    ("webhook-id", "Your id of this message: the same when you send it again."),
    ("webhook-timestamp", "Unix seconds, at most five minutes off."),
    ("webhook-signature", "v1,<base64> of HMAC-SHA256 over {id}.{timestamp}.{raw body}."),
)

CALLBACK_DOCS: dict[str, Any] = {
    "summary": "Acknowledge a direction",
    "description": (
        "For providers directed by signed webhooks (Standard Webhooks, symmetric v1). Report "
        "`received` first and the result later: `done`, `partly`, `not_found` or `refused`.\n\n"
        "202 means that it is stored, 200 that it was stored before. Send again what got no answer "
        "or a 5xx, with the same `webhook-id`: nothing is counted twice."
    ),
    "response_description": "Stored.",
    "responses": {
        200: {"description": "Stored before; nothing is counted twice."},
        400: problem_answer(
            MALFORMED_BODY, "The body is not an acknowledgement; look at: data.status."
        ),
        401: problem_answer(
            SIGNATURE_REFUSED,
            "No v1 signature fits the raw body under a secret that we share with you.",
        ),
        404: problem_answer(NOT_FOUND, "There is no such direction for this provider."),
        410: problem_answer(
            GONE, "The record of this direction was destroyed at the end of its retention."
        ),
        413: problem_answer(TOO_LARGE, "Send at most 65536 bytes in one body."),
        429: problem_answer(TOO_MANY, "Wait 3 seconds, then try again."),
        503: problem_answer(UNAVAILABLE, "Nothing was stored. Send the same again in a minute."),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": CALLBACK_SCHEMA,
                    "examples": CALLBACK_EXAMPLES,
                }
            },
        },
        "parameters": [header(name, text) for name, text in _HEADERS],
    },
}
