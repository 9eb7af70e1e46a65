"""A request is filed once, all of it or nothing, and then shows what its ledger comes to."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from domain.chain import GENESIS
from domain.submission import Submission
from domain.vocabulary import RequestType
from records import holds, ledger
from records.filing import hash_plain_keys
from records.holds import Hold
from records.keyring import Keyring
from records.requests import (
    KeyConflict,
    Projection,
    Registered,
    RequestIdTaken,
    Same,
    due_for_purge,
    find,
    find_filing,
    never_started,
    open_requests,
    project,
)
from records.vault import Vault
from tests.records.chains import entries
from tests.stored import file_submission

Filing = Callable[..., dict[str, object]]
REQUEST = "PR-4106-105S"
OTHER = "PR-0000-0001"
THIRD = "PR-0000-0002"
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


async def file(conn: asyncpg.Connection, vault: Vault, arguments: dict[str, object]) -> object:
    """File a submission with these arguments."""
    return await file_submission(conn, vault, **arguments)  # type: ignore[arg-type]


async def test_a_filing_is_registered_and_vaulted_whole(
    conn: asyncpg.Connection, vault: Vault, filing: Filing, submission: Submission
) -> None:
    """The facts stand in the row, the submission in the vault, nothing personal in the row.

    Not even where a client makes its idempotency key of an address.
    """
    filed = filing(idempotency_key="anaryan@example.com-2026")
    assert await file(conn, vault, filed) == Registered(REQUEST)
    request = await find(conn, REQUEST)
    assert request
    assert request == await find_filing(conn, "web-form", [request.idempotency_key])
    assert request.request_types == (RequestType.DELETE,)
    assert (request.received_at, request.stage, request.closed_at) == (NOW, None, None)
    vaulted = await vault.get(conn, REQUEST, "submission")
    assert Submission.model_validate_json(vaulted) == submission
    row = str(await conn.fetchrow("SELECT * FROM privacy.request"))
    assert "anary" not in row
    assert "555" not in row


async def test_the_same_filing_gives_the_same_request(
    conn: asyncpg.Connection, vault: Vault, filing: Filing, submission: Submission
) -> None:
    """Same key and body: the first id. Same key, other body: a conflict. Other client: its own."""
    other_body = submission.model_copy(update={"message": "and quickly"})
    await file(conn, vault, filing())
    assert await file(conn, vault, filing(request_id=OTHER)) == Same(REQUEST)
    assert await file(conn, vault, filing(submission=other_body)) == KeyConflict(REQUEST)
    assert await file(conn, vault, filing(request_id=OTHER, client="crm")) == Registered(OTHER)
    assert len(await open_requests(conn)) == 2


async def test_a_filing_is_known_after_the_hashing_key_was_rotated(
    conn: asyncpg.Connection, vault: Vault, filing: Filing
) -> None:
    """A retry that arrives after a rotation is still the same request."""
    await file(conn, vault, filing())
    rotated = Keyring("k2", {"k1": bytes(range(32)), "k2": bytes(32)})
    assert await file(conn, vault, filing(hashing=rotated)) == Same(REQUEST)


async def test_a_filing_is_known_whose_key_was_stored_as_it_came(
    conn: asyncpg.Connection, vault: Vault, filing: Filing
) -> None:
    """A retry of what a release before the hashes filed is still the same request."""
    await file(conn, vault, filing())
    await conn.execute("UPDATE privacy.request SET idempotency_key = 'first'")
    assert await file(conn, vault, filing(request_id=OTHER)) == Same(REQUEST)


async def test_a_key_that_was_stored_as_it_came_is_hashed_and_known_again(
    conn: asyncpg.Connection, vault: Vault, filing: Filing, keyring: Keyring
) -> None:
    """Nothing plain is left, even of a key under which two releases filed at once."""
    await file(conn, vault, filing(client="crm"))
    await conn.execute("UPDATE privacy.request SET idempotency_key = 'anaryan@example.com'")
    await file(conn, vault, filing(request_id=OTHER, idempotency_key="anaryan@example.com"))
    await conn.execute("UPDATE privacy.request SET client = 'web-form'")
    assert (await hash_plain_keys(conn, keyring), await hash_plain_keys(conn, keyring)) == (1, 0)
    assert "anaryan" not in str(await conn.fetch("SELECT * FROM privacy.request"))
    again = filing(request_id=THIRD, idempotency_key="anaryan@example.com")
    assert await file(conn, vault, again) == Same(OTHER)


async def test_an_id_drawn_twice_is_refused_and_harms_nothing(
    conn: asyncpg.Connection, vault: Vault, filing: Filing
) -> None:
    """Two filings that drew one id do not share it; the first keeps its vault."""
    await file(conn, vault, filing())
    before = await vault.get(conn, REQUEST, "submission")
    with pytest.raises(RequestIdTaken):
        await file(conn, vault, filing(idempotency_key="second"))
    assert await vault.get(conn, REQUEST, "submission") == before


async def test_repeated_filings_at_once_make_one_request(
    database: str, vault: Vault, filing: Filing
) -> None:
    """Of many equal calls at a time one registers and the others get its id."""
    async with asyncpg.create_pool(database, min_size=6, max_size=6) as pool:

        async def attempt(number: int) -> object:
            async with pool.acquire() as conn:
                return await file(conn, vault, filing(request_id=f"PR-0000-000{number}"))

        outcomes = await asyncio.gather(*(attempt(number) for number in range(6)))
        rows = await pool.fetch("SELECT request_id FROM privacy.data_key")
    assert len(rows) == 1
    assert {outcome[0] for outcome in outcomes} == {rows[0]["request_id"]}  # type: ignore[index]
    assert sum(isinstance(outcome, Registered) for outcome in outcomes) == 1


async def test_a_projection_writes_only_what_it_names(
    conn: asyncpg.Connection, request_id: str
) -> None:
    """Fields that were given are written, ``None`` clears one, the others stay."""
    await project(conn, request_id, Projection(stage="deciding", needs_action="decision"))
    await project(conn, request_id, Projection(needs_action=None, receipt_date=date(2026, 3, 2)))
    await project(conn, request_id, Projection())
    request = await find(conn, request_id)
    assert request
    assert (request.stage, request.needs_action) == ("deciding", None)
    assert request.receipt_date == date(2026, 3, 2)
    with pytest.raises(LookupError):
        await project(conn, OTHER, Projection(stage="deciding"))


async def test_the_sweeps_find_what_was_never_started_and_what_is_open(
    conn: asyncpg.Connection, vault: Vault, filing: Filing
) -> None:
    """Never started: registered long enough ago, no event yet. Open: not closed, page by page."""
    await file(conn, vault, filing())
    await file(conn, vault, filing(request_id=OTHER, idempotency_key="second"))
    assert await never_started(conn, NOW) == []
    later = NOW + timedelta(minutes=1)
    assert await never_started(conn, later) == [OTHER, REQUEST]
    await ledger.append(conn, OTHER, GENESIS, entries(OTHER, [1]))
    assert await never_started(conn, later) == [REQUEST]
    await project(conn, OTHER, Projection(closed_at=NOW, outcome="GRANT"))
    assert [request.request_id for request in await open_requests(conn)] == [REQUEST]
    assert await open_requests(conn, after=REQUEST) == []
    assert await find(conn, "PR-NONE") is None


async def test_a_request_is_purged_after_its_last_day_and_not_under_a_hold(
    conn: asyncpg.Connection, request_id: str
) -> None:
    """Through ``retain_until`` and while a hold is active nothing is due; then it is, once."""
    last = date(2028, 3, 2)
    purge_on = last + timedelta(days=1)
    await project(conn, request_id, Projection(retain_until=last))
    assert await due_for_purge(conn, last) == []
    assert await due_for_purge(conn, purge_on) == [request_id]
    hold = Hold(
        hold_id="LH-1", matter="M-1", request_id=request_id, placed_by="counsel-1", placed_at=NOW
    )
    await holds.add(conn, hold)
    assert await due_for_purge(conn, purge_on) == []
    await holds.release(conn, "LH-1", released_by="counsel-1", now=NOW)
    await project(conn, request_id, Projection(purged_at=NOW))
    assert await due_for_purge(conn, purge_on) == []
