"""What the API page and the OpenAPI document say about opt-out signals. The examples are tested."""

from typing import Any

from gateway.bodies import JSON
from gateway.intake_docs import BODY_PROBLEMS, SECURITY, SHARED_PROBLEMS, header, problem_answer
from gateway.problems import INVALID, FieldProblem
from gateway.shapes import Signal, SignalAnswer

SIGNAL_EXAMPLES: dict[str, Any] = {
    "browser": {
        "summary": "A visitor who is not signed in.",
        "value": {"device": "f3c1a9d07b524e6a8b1f"},
    },
    "person": {
        "summary": "A visitor who is signed in: the opt-out holds for the person.",
        "value": {
            "device": "f3c1a9d07b524e6a8b1f",
            "consumer": {"name": "Ana Ruiz", "email": "ana.ruiz@example.com"},
            "residency": "CA",
        },
    },
}

_DESCRIPTION = (
    "Takes a Global Privacy Control signal: a call with `Sec-GPC: 1` opts the browser, or the "
    "person, out of sale and sharing at once. The same signal again changes nothing, so pass on "
    "every one. Without that header nothing is recorded; `DNT` is no such signal.\n\n"
    "A backend sends its API key and passes on the header of the visitor. A browser needs neither "
    "key nor body: it is known by a cookie. Where no script runs, put "
    '`<img src="/gpc.gif" alt="">` with this server\'s address on the page. `/opt-out` shows '
    "visitors whether their opt-out stands."
)

SIGNAL_DOCS: dict[str, Any] = {
    "summary": "Pass on an opt-out signal",
    "description": _DESCRIPTION,
    "response_model": SignalAnswer,
    "response_description": "The opt-out stands already, or no signal was sent.",
    "responses": {
        201: {"model": SignalAnswer, "description": "The signal opened a request."},
        **BODY_PROBLEMS,
        422: problem_answer(
            INVALID,
            "Change the fields named in errors, then send it again.",
            FieldProblem(pointer="/device", code="missing", detail="This field is required."),
        ),
        **SHARED_PROBLEMS,
    },
    "openapi_extra": {
        "requestBody": {
            "required": False,
            "content": {
                JSON: {
                    "schema": {"$ref": f"#/components/schemas/{Signal.__name__}"},
                    "examples": SIGNAL_EXAMPLES,
                }
            },
        },
        "security": [*SECURITY, {}],
        "parameters": [
            header("Sec-GPC", "1 where the visitor's browser sent it.", required=False, enum=["1"])
        ],
    },
}
