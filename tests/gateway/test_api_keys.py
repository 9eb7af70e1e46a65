"""Keys that were added by command open the intake's door until they are revoked."""

from datetime import UTC, datetime

import asyncpg
import httpx
import pytest

from records import api_keys
from tests.gateway.support import SUBMISSION, headers

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


async def filed(client: httpx.AsyncClient, key: str) -> httpx.Response:
    """File with a key."""
    return await client.post("/v1/requests", json=SUBMISSION, headers=headers(api_key=key))


async def test_an_added_key_files_under_its_client_until_it_is_revoked(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """It sees its own requests; once revoked it is as good as none, at once."""
    key = await api_keys.add(owner, "desk", ["intake"], NOW)
    answer = await filed(client, key)
    assert answer.status_code == 201
    status = f"/v1/requests/{answer.json()['request_id']}"
    assert (await client.get(status, headers={"X-API-Key": key})).status_code == 200
    assert (await client.get(status, headers=headers())).status_code == 404
    await api_keys.revoke(owner, key.split("_")[1], NOW)
    assert (await filed(client, key)).status_code == 401


@pytest.mark.parametrize("scopes", [[], ["metrics"]])
async def test_a_key_for_something_else_does_not_file(
    client: httpx.AsyncClient, owner: asyncpg.Connection, scopes: list[str]
) -> None:
    """Without the scope it is refused like a wrong key."""
    key = await api_keys.add(owner, "desk", scopes, NOW)
    assert (await filed(client, key)).status_code == 401
    assert (await filed(client, "pk_000000000000_unknown")).status_code == 401
