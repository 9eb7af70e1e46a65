"""Filing one request past every door, as many tests begin."""

from datetime import datetime

from domain.submission import Submission
from records.connection import Connection
from records.filing import file_submissions
from records.keyring import Keyring
from records.requests import Filing
from records.vault import Vault


async def file_submission(
    conn: Connection,
    vault: Vault,
    hashing: Keyring,
    *,
    request_id: str,
    client: str,
    idempotency_key: str,
    submission: Submission,
    received_at: datetime,
    now: datetime,
) -> Filing:
    """File a submission of one right and one person; one keyring serves for every hash."""
    return await file_submissions(
        conn,
        vault,
        hashing,
        hashing,
        request_ids=[request_id],
        client=client,
        idempotency_key=idempotency_key,
        submission=submission,
        received_at=received_at,
        now=now,
    )
