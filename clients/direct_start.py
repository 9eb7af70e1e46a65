"""Starting a request with the Temporal client: the submission travels sealed (docs/intake.md).

Needs ``temporalio`` and ``pynacl``. The workflow, the Web UI and the codec endpoint see only the
sealed box; the first step of the workflow opens it into the vault.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any

from nacl.public import PublicKey, SealedBox
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from domain.ids import RANDOM_BYTES, request_id

WORKFLOW = "ConsumerRequest"


def seal(public_key: str, submission: Mapping[str, Any]) -> str:
    """Close a submission to the installation's intake key (``GET /v1/intake-key``, base64)."""
    box = SealedBox(PublicKey(base64.b64decode(public_key)))
    return base64.b64encode(box.encrypt(json.dumps(submission).encode())).decode("ascii")


async def start_request(
    client: Client,
    public_key: str,
    submission: Mapping[str, Any],
    *,
    idempotency_key: str,
    workflow_id: str | None = None,
    task_queue: str = "privacy",
) -> WorkflowHandle[Any, Any]:
    """Start a request; the same id again returns the request that runs.

    ``client`` needs the installation's payload codec. Keep ``workflow_id``, the request's id, with
    your own record before you call, so that a repeated call names the same request. Raises
    ``WorkflowAlreadyStartedError`` for a request that is finished.
    """
    start = {
        "kind": "sealed",
        "sealed": seal(public_key, submission),
        "idempotency_key": idempotency_key,
    }
    return await client.start_workflow(
        WORKFLOW,
        start,
        id=workflow_id or request_id(secrets.token_bytes(RANDOM_BYTES)),
        task_queue=task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
