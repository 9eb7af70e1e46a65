"""How a request's consumer is reached: by mail while it arrives, else on paper (NOT-07)."""

from domain.submission import Submission
from records import filing, inbox, requests
from records.connection import Connection
from records.keyring import Keyring
from records.vault import Vault

FAILING = "failing-address"
"""The vault's kind of an address whose mail came back; its number is the bounce's inbox row."""

AS_FILED = "submission-before"
"""The vault's kind of a submission as it was before a correction; its number is the row's."""


async def correct(
    conn: Connection, vault: Vault, people: Keyring, request_id: str, row: int
) -> None:
    """Put the address that came with an inbox row in place of the consumer's; done once.

    What stood there before is kept. ``people`` hashes what later requests are recognised by.
    """
    body = await vault.get(conn, request_id, requests.SUBMISSION)
    if not await vault.put(conn, request_id, AS_FILED, body, row):
        return
    address = (await vault.get(conn, request_id, inbox.EVIDENCE, row)).decode()
    moved = Submission.as_filed(body).addressed_to(address)
    form = requests.stored_form(moved)
    await vault.put(conn, request_id, requests.SUBMISSION, form, replace=True)
    await filing.recognise_anew(conn, people, request_id, moved)


async def addressed_since(conn: Connection, stream: str) -> int:
    """Return the number of the event since which letters go where they go now; 0 for the first."""
    n: int | None = await conn.fetchval(
        "SELECT max(n) FROM privacy.ledger"
        " WHERE stream = $1 AND document->>'type' = 'ContactCorrected'",
        stream,
    )
    return n or 0


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
