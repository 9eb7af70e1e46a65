"""How a request's consumer is reached: by mail while it arrives, else on paper (NOT-07)."""

from domain.submission import Submission
from records.connection import Connection
from records.vault import Vault

FAILING = "failing-address"
"""The vault's kind of an address whose mail came back; its number is the bounce's inbox row."""


async def keep_failing(
    conn: Connection, vault: Vault, request_id: str, row: int, address: str
) -> None:
    """Remember that mail to an address came back. Raises what ``Vault.put`` raises."""
    await vault.put(conn, request_id, FAILING, address.strip().lower().encode(), row)


async def failing(conn: Connection, vault: Vault, request_id: str) -> frozenset[str]:
    """Return the addresses, in lower case, from which mail came back."""
    rows = [each.n for each in await vault.kinds(conn, request_id) if each.kind == FAILING]
    bodies = [await vault.get(conn, request_id, FAILING, row) for row in rows]
    return frozenset(body.decode() for body in bodies)


async def goes_by_post(
    conn: Connection, vault: Vault, request_id: str, submission: Submission
) -> bool:
    """Tell whether a letter to the consumer goes out on paper: no mail arrives, but post does."""
    person = submission.person
    if person is None or not person.postal_address:
        return False
    if person.email is None:
        return True
    return person.email.strip().lower() in await failing(conn, vault, request_id)
