"""How a request's workflow may be started, and what its door says to anything else."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.ids import is_request_id
from domain.messages import StaffId
from domain.refusals import Refused

ReopenReason = Literal["our_mistake", "proof_came_late", "consumer_appeals"]


class Reopening(BaseModel):
    """Who has a closed request taken up again, and for which coded reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    decided_by: StaffId
    reason: ReopenReason
    known: Literal["self-asserted", "authenticated"] = "self-asserted"


class RequestStart(BaseModel):
    """The one input of a ``ConsumerRequest``.

    ``registered``: the gateway has stored the submission. ``sealed``: an intake system brings it,
    sealed to the vault's public key. ``resume``: the ledger says the request is open. ``reopen``:
    staff take a closed one up again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["registered", "sealed", "resume", "reopen"]
    reopening: Reopening | None = None
    sealed: str | None = Field(default=None, max_length=200_000)
    idempotency_key: str = Field(default="", max_length=200)


_HELP = (
    "File requests at the gateway's POST /v1/requests, or seal the submission with the client "
    "helper and start the workflow with its sealed form (docs/intake.md)."
)


def read_start(workflow_id: str, payloads: Sequence[Any]) -> RequestStart:
    """Read a start.

    Raises:
        Refused: with a sentence that says how requests are filed, and nothing of what was sent.
    """
    if not is_request_id(workflow_id):
        raise Refused(f"The workflow id is not a request id such as PR-4106-105S. {_HELP}")
    if len(payloads) != 1 or not isinstance(payloads[0], dict):
        raise Refused(f"This start carries no single JSON object. {_HELP}")
    try:
        start = RequestStart.model_validate(payloads[0])
    except ValidationError:
        raise Refused(f"This start is not sealed, so it was not read. {_HELP}") from None
    if start.kind == "sealed" and not start.sealed:
        raise Refused(f"This start says it is sealed and brings nothing. {_HELP}")
    if start.kind == "reopen" and start.reopening is None:
        raise Refused(f"This start does not say who reopens the request, and why. {_HELP}")
    return start
