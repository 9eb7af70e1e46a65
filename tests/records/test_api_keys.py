"""An API key is known by its secret only, does what it was given, and can be revoked."""

from datetime import UTC, datetime

import asyncpg

from records import api_keys

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


async def test_a_key_is_known_by_its_secret_and_stored_without_it(
    conn: asyncpg.Connection,
) -> None:
    """The right key gives client and scopes; the table holds no secret."""
    presented = await api_keys.add(conn, "web-form", {"file"}, NOW)
    key = await api_keys.check(conn, presented)
    assert key
    assert (key.client, key.may("file"), key.may("status")) == ("web-form", True, False)
    assert presented[len("pk_") + 13 :] not in str(
        await conn.fetch("SELECT * FROM privacy.api_key")
    )


async def test_anything_but_a_good_key_is_nobodys(conn: asyncpg.Connection) -> None:
    """Wrong, mixed-up, malformed and revoked keys are all unknown."""
    one = await api_keys.add(conn, "web-form", {"file"}, NOW)
    other = await api_keys.add(conn, "crm", {"file"}, NOW)
    mixed = one[: len("pk_") + 13] + other[len("pk_") + 13 :]
    for wrong in (one[:-1], one + "x", mixed, "", "pk__", "pk_\x00_", "\ud800", one.upper()):
        assert await api_keys.check(conn, wrong) is None
    key = await api_keys.check(conn, one)
    assert key
    assert await api_keys.revoke(conn, key.key_id, NOW)
    assert not await api_keys.revoke(conn, key.key_id, NOW)
    assert await api_keys.check(conn, one) is None
    assert await api_keys.check(conn, other)
    assert [each.client for each in await api_keys.every(conn)] == ["crm", "web-form"]
