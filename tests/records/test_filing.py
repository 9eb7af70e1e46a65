"""One submission becomes a request for each person and right, all of them or none."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.submission import Submission
from domain.vocabulary import RequestType
from records import identities
from records.earlier import EarlierRequest, earlier_requests
from records.filing import file_submissions, filed_together
from records.keyring import Keyring
from records.requests import (
    Filing,
    KeyConflict,
    Projection,
    Registered,
    RequestIdTaken,
    Same,
    find,
    project,
)
from records.vault import Vault

pytestmark = pytest.mark.usefixtures("revisions")
NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
IDS = ("PR-0000-0001", "PR-0000-0002", "PR-0000-0003", "PR-0000-0004")
ANA = identities.email(" Ana@Example.com")
LEO = identities.email("leo@example.com")

FAMILY: dict[str, Any] = {
    "request_types": ["know_both", "delete"],
    "consumer": {"name": "Ana Canary Ruiz", "email": "ana@example.com"},
    "household": [{"consumer": {"name": "Leo Ruiz", "email": "leo@example.com"}}],
}

File = Callable[..., Any]


@pytest.fixture
def file(conn: asyncpg.Connection, vault: Vault, keyring: Keyring) -> File:
    """Give a function that files a submission, any argument changed."""

    async def filed(body: dict[str, Any] = FAMILY, **changes: Any) -> Filing:
        arguments: dict[str, Any] = {
            "request_ids": IDS,
            "client": "web-form",
            "idempotency_key": "first",
            "submission": Submission.model_validate(body),
            "received_at": NOW,
            "now": NOW,
        }
        return await file_submissions(conn, vault, keyring, keyring, **(arguments | changes))

    return filed


async def test_rights_of_one_person_are_linked_and_those_of_a_household_are_not(
    conn: asyncpg.Connection, vault: Vault, file: File
) -> None:
    """Each request has one right, one receipt time, its own part, and knows the person's others."""
    assert await file() == Registered(IDS[0])
    rows = [await find(conn, request_id) for request_id in IDS]
    known = [(row.request_types, row.linked) for row in rows if row]
    assert known == [
        ((RequestType.KNOW_BOTH,), (IDS[1],)),
        ((RequestType.DELETE,), (IDS[0],)),
        ((RequestType.KNOW_BOTH,), (IDS[3],)),
        ((RequestType.DELETE,), (IDS[2],)),
    ]
    assert {row.received_at for row in rows if row} == {NOW}
    part = json.loads(await vault.get(conn, IDS[3], "submission"))
    assert part["request_types"] == ["delete"]
    assert part["consumer"]["name"] == "Leo Ruiz"
    assert "household" not in part


async def test_the_same_submission_gives_the_same_requests(
    conn: asyncpg.Connection, keyring: Keyring, file: File
) -> None:
    """A repeat names what stands; another body under the key is a conflict and files nothing."""
    await file()
    others = tuple(name.replace("0000", "1111", 1) for name in IDS)
    assert await file(request_ids=others) == Same(IDS[0])
    assert await file(FAMILY | {"message": "more"}, request_ids=others) == KeyConflict(IDS[0])
    together = await filed_together(
        conn, keyring, "web-form", "first", Submission.model_validate(FAMILY)
    )
    assert [(part.member, row.request_id) for part, row in together] == [
        (0, IDS[0]),
        (0, IDS[1]),
        (1, IDS[2]),
        (1, IDS[3]),
    ]
    assert await conn.fetchval("SELECT count(*) FROM privacy.request") == 4


async def test_one_id_that_is_taken_undoes_all(conn: asyncpg.Connection, file: File) -> None:
    """Nothing of a submission stands when a part of it cannot."""
    single = {"request_types": ["delete"], "consumer": FAMILY["consumer"]}
    await file(single, request_ids=IDS[2:3], idempotency_key="other")
    with pytest.raises(RequestIdTaken):
        await file()
    assert await conn.fetchval("SELECT count(*) FROM privacy.request") == 1
    assert await conn.fetchval("SELECT count(*) FROM privacy.data_key") == 1


async def test_earlier_requests_are_found_by_person(
    conn: asyncpg.Connection, keyring: Keyring, file: File
) -> None:
    """In order of receipt, by Pacific day, with their outcomes; after a key rotation as before."""
    await file()
    later = {"request_types": ["know_specific"], "consumer": FAMILY["consumer"]}
    another_day = NOW + timedelta(days=400)
    ids = ("PR-0000-0009",)
    await file(later, request_ids=ids, idempotency_key="later", received_at=another_day)
    await project(conn, IDS[0], Projection(outcome="GRANT"))
    rotated = Keyring("k2", {"k1": bytes(range(32)), "k2": bytes(32)})
    for people in (keyring, rotated):
        assert await earlier_requests(conn, people, ANA) == [
            EarlierRequest(
                request_id=IDS[0],
                receipt_date=date(2026, 3, 2),
                request_type=RequestType.KNOW_BOTH,
                outcome="GRANT",
            ),
            EarlierRequest(
                request_id=IDS[1],
                receipt_date=date(2026, 3, 2),
                request_type=RequestType.DELETE,
                outcome=None,
            ),
            EarlierRequest(
                request_id=ids[0],
                receipt_date=date(2027, 4, 6),
                request_type=RequestType.KNOW_SPECIFIC,
                outcome=None,
            ),
        ]
    assert [each.request_id for each in await earlier_requests(conn, keyring, LEO)] == [*IDS[2:]]


async def test_who_asked_stands_nowhere_in_clear_and_is_forgotten_with_the_rest(
    conn: asyncpg.Connection, vault: Vault, keyring: Keyring, file: File
) -> None:
    """Only keyed hashes are kept, other ones than the suppression list has, until shredding."""
    await file()
    rows = str(await conn.fetch("SELECT * FROM privacy.requester_identity"))
    assert "example" not in rows
    assert identities.digest(keyring, "suppression", ANA) not in rows
    await vault.shred(conn, IDS[0])
    found = [each.request_id for each in await earlier_requests(conn, keyring, ANA)]
    assert found == [IDS[1]]


async def test_a_browser_is_found_by_its_device(
    conn: asyncpg.Connection, keyring: Keyring, file: File
) -> None:
    """A signal without a person is filed, and found again by the browser alone (OPT-10)."""
    signal = {"request_types": ["gpc_signal"], "device": "d" * 24, "channel": "gpc"}
    await file(signal, request_ids=IDS[:1])
    (found,) = await earlier_requests(conn, keyring, identities.device("d" * 24))
    assert (found.request_id, found.request_type) == (IDS[0], RequestType.GPC_SIGNAL)
