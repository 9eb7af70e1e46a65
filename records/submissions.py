"""What came in with a request, read back from the vault."""

from domain.submission import Submission
from records.connection import Connection
from records.requests import SUBMISSION
from records.vault import Vault, VaultError


async def submission_of(conn: Connection, vault: Vault, request_id: str) -> Submission:
    """Return a request's submission. Raises what ``Vault.get`` raises."""
    return Submission.as_filed(await vault.get(conn, request_id, SUBMISSION))


async def is_agents(conn: Connection, vault: Vault, request_id: str, address: str) -> bool:
    """Tell whether an address is that of the agent who asks; of what was destroyed it is none's."""
    try:
        agent = (await submission_of(conn, vault, request_id)).agent
    except VaultError:
        return False
    return agent is not None and agent.email.lower() == address.lower()
