"""Sending a staff action from a command line as an update; the sentence of what became of it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

PATIENCE = timedelta(seconds=30)
"""How long a person waits at a command line for a worker's word."""


class NotCarriedOut(Exception):
    """The workflow refused, or gave no word; says what to do next."""


class NoSuchWorkflow(NotCarriedOut):
    """Nothing of this name runs."""


async def send_update(
    client: Client,
    workflow_id: str,
    action: str,
    message: Mapping[str, Any],
    patience: timedelta = PATIENCE,
) -> str:
    """Have a workflow carry out a staff action, and return its answer.

    Raises:
        NoSuchWorkflow: none of this name runs.
        NotCarriedOut: it refuses, with its sentence, or no word of it came within ``patience``.
    """
    handle = client.get_workflow_handle(workflow_id)
    try:
        async with asyncio.timeout(patience.total_seconds()):
            answer: str = await handle.execute_update(action, message, result_type=str)
    except WorkflowUpdateFailedError as failure:
        raise NotCarriedOut(_refusal(failure)) from None
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        raise NotCarriedOut(
            f"No worker took it within {patience.seconds} seconds: see that one runs (privacy "
            "doctor). It may still be carried out then, so look at the request before you send "
            "it again."
        ) from None
    except RPCError as fault:
        if fault.status is RPCStatusCode.NOT_FOUND:
            raise NoSuchWorkflow(
                "No open request has this number; check it, or whether it is closed."
            ) from None
        raise NotCarriedOut(
            f"Temporal did not answer ({fault.status.name}); send it again."
        ) from None
    return answer


def _refusal(failure: WorkflowUpdateFailedError) -> str:
    if isinstance(failure.cause, ApplicationError):
        return failure.cause.message
    return "It failed; look at its history, then send it again."
