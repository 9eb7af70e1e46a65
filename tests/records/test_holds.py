"""A legal hold covers a request or a person until somebody releases it."""

from datetime import UTC, datetime

import asyncpg
import pytest
from pydantic import ValidationError

from records import holds
from records.holds import Hold, HoldTaken
from records.identities import email
from records.keyring import Keyring
from records.vault import UnderHold, Vault

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
ANA = email("ana.canary@example.com")


def hold(hold_id: str, **covers: str | None) -> Hold:
    """Place a hold for counsel."""
    fixed = {"matter": "M-14", "placed_by": "counsel-1", "placed_at": NOW}
    return Hold.model_validate({"hold_id": hold_id} | fixed | covers)


async def test_holds_are_found_by_request_and_by_person_until_released(
    conn: asyncpg.Connection, keyring: Keyring, request_id: str
) -> None:
    """Each is found by what it covers, the person also after the key was rotated."""
    rotated = Keyring("k2", {"k1": bytes(range(32)), "k2": bytes(32)})
    on_request = hold("LH-1", request_id=request_id)
    on_person = hold("LH-2", identity_hash=holds.person(keyring, ANA))
    await holds.add(conn, on_request)
    await holds.add(conn, on_person)
    assert await holds.active(conn, keyring, request_id=request_id) == [on_request]
    assert await holds.active(conn, rotated, identities=[ANA]) == [on_person]
    assert await holds.active(conn, keyring, identities=[email("other@example.com")]) == []
    assert await holds.release(conn, "LH-1", released_by="counsel-2", now=NOW)
    assert not await holds.release(conn, "LH-1", released_by="counsel-3", now=NOW)
    assert await holds.active(conn, keyring, request_id=request_id) == []
    assert [each.released_by for each in await holds.every(conn)] == ["counsel-2", None]


async def test_nothing_under_a_hold_is_shredded(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """The vault names the hold, the database refuses whoever asks it; once released, it goes."""
    await holds.add(conn, hold("LH-1", request_id=request_id))
    with pytest.raises(UnderHold, match="LH-1"):
        await vault.shred(conn, request_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute("UPDATE privacy.data_key SET wrapped = NULL, shredded_at = now()")
    assert await vault.get(conn, request_id, "submission")
    await holds.release(conn, "LH-1", released_by="counsel-1", now=NOW)
    assert await vault.shred(conn, request_id)


async def test_a_hold_id_is_given_once(conn: asyncpg.Connection, request_id: str) -> None:
    """A second hold of the same id is refused and the first one stays."""
    await holds.add(conn, hold("LH-1", request_id=request_id))
    with pytest.raises(HoldTaken):
        await holds.add(conn, hold("LH-1", identity_hash="k1:" + "0" * 64))
    assert [each.request_id for each in await holds.every(conn)] == [request_id]


def test_a_hold_covers_exactly_one_thing() -> None:
    """Neither nothing nor both can be held."""
    for covers in ({}, {"request_id": "PR-4106-105S", "identity_hash": "k1:" + "0" * 64}):
        with pytest.raises(ValidationError, match="either a request or a person"):
            hold("LH-1", **covers)
