"""What wraps data keys: one contract for our own keys, a key service, and both together."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import asyncpg
import pytest

from records.aws_kms import KmsKeys
from records.keyring import KEY_BYTES, Keyring, Tampered, UnknownKey, Wrapped
from records.transit import TransitKeys
from records.vault import Vault
from records.wrapping import KeyServiceAway, Succession, WrappingKeys
from tests.records.aws_kms_service import ALIAS, REGION, credentials, kms_server
from tests.records.conftest import OTHER_REQUEST
from tests.records.key_service import TOKEN, TransitServer, transit_server
from tests.stored import file_submission

KEY = bytes(range(KEY_BYTES))
OWN = Keyring("k1", {"k1": bytes(range(32))})


@pytest.fixture
def server() -> Iterator[TransitServer]:
    """Run a key service."""
    with transit_server() as running:
        yield running


@pytest.fixture
async def service(server: TransitServer) -> AsyncIterator[TransitKeys]:
    """Speak to it."""
    keys = TransitKeys(server.url, "privacy", lambda: TOKEN)
    yield keys
    await keys.aclose()


@pytest.fixture
async def kms() -> AsyncIterator[KmsKeys]:
    """Speak to AWS KMS."""
    with kms_server() as running:
        keys = KmsKeys(running.url, ALIAS, REGION, credentials=credentials())
        yield keys
        await keys.aclose()


@pytest.fixture(params=["own", "service", "kms", "both"])
def wrapping(request: pytest.FixtureRequest, service: TransitKeys, kms: KmsKeys) -> WrappingKeys:
    """Give each home of keys in turn."""
    homes: dict[str, WrappingKeys] = {
        "own": OWN,
        "service": service,
        "kms": kms,
        "both": Succession((service, OWN)),
    }
    return homes[request.param]


async def test_a_data_key_comes_back_to_its_owner_alone(wrapping: WrappingKeys) -> None:
    """What was wrapped opens for the same owner, and for no other."""
    wrapped = await wrapping.wrap(KEY, "PR-1")
    assert wrapped.key_id == await wrapping.newest()
    assert wrapping.holds(wrapped.key_id)
    assert KEY not in wrapped.body
    assert await wrapping.unwrap(wrapped, "PR-1") == KEY
    with pytest.raises(Tampered):
        await wrapping.unwrap(wrapped, "PR-2")


async def test_a_changed_data_key_does_not_open(wrapping: WrappingKeys) -> None:
    """One altered byte is noticed."""
    wrapped = await wrapping.wrap(KEY, "PR-1")
    last = b"A" if wrapped.body[-9:-8] != b"A" else b"B"
    changed = Wrapped(wrapped.key_id, wrapped.body[:-9] + last + wrapped.body[-8:])
    with pytest.raises(Tampered):
        await wrapping.unwrap(changed, "PR-1")


@pytest.mark.parametrize("key_id", ["k9", "transit:other:v1", "transit:privacy:1"])
async def test_a_key_that_is_not_held_is_named(wrapping: WrappingKeys, key_id: str) -> None:
    """Not garbage and not another error: the id that is missing."""
    assert not wrapping.holds(key_id)
    with pytest.raises(UnknownKey, match=key_id):
        await wrapping.unwrap(Wrapped(key_id, b"x"), "PR-1")


async def test_a_version_that_was_retired_is_named(
    server: TransitServer, service: TransitKeys
) -> None:
    """Raising the oldest version that opens is how the service's keys end."""
    wrapped = await service.wrap(KEY, "PR-1")
    server.rotate()
    assert await service.unwrap(wrapped, "PR-1") == KEY
    server.oldest = 2
    with pytest.raises(UnknownKey, match="transit:privacy:v1"):
        await service.unwrap(wrapped, "PR-1")


async def test_a_service_that_is_away_is_waited_for(
    server: TransitServer, service: TransitKeys
) -> None:
    """Sealed, or with a token that ended: an outage like the database's, and no key is in it."""
    wrapped = await service.wrap(KEY, "PR-1")
    server.sealed = True
    with pytest.raises(KeyServiceAway, match="503"):
        await service.unwrap(wrapped, "PR-1")
    server.sealed, server.token = False, "another"
    with pytest.raises(KeyServiceAway, match="403") as refusal:
        await service.wrap(KEY, "PR-1")
    assert TOKEN not in str(refusal.value)
    assert isinstance(refusal.value, OSError)


async def test_a_vault_moves_to_the_service_and_rotates_there(
    conn: asyncpg.Connection, vault: Vault, request_id: str, server: TransitServer,
    service: TransitKeys,
) -> None:  # fmt: skip
    """With both set all opens; rewrapped, our own key is needed no more; so with each version."""
    before = await vault.get(conn, request_id, "submission")
    both = Vault(Succession((service, OWN)))
    assert await both.get(conn, request_id, "submission") == before
    assert await both.rewrap(conn) == 1
    alone = Vault(service)
    assert await alone.get(conn, request_id, "submission") == before
    server.rotate()
    assert await alone.rewrap(conn) == 1
    assert await conn.fetchval("SELECT key_id FROM privacy.data_key") == "transit:privacy:v2"
    server.oldest = 2
    assert await alone.get(conn, request_id, "submission") == before


async def test_a_rewrap_that_broke_off_is_taken_up(
    conn: asyncpg.Connection, request_id: str, filing: Callable[..., dict[str, Any]]
) -> None:
    """What was wrapped before the fault stays so; the next call does the rest, once."""
    older = {"k0": bytes(32)}
    await file_submission(
        conn,
        Vault(Keyring("k0", older)),
        **filing(request_id=OTHER_REQUEST, idempotency_key="second"),
    )
    keys = {"k1": bytes(range(32)), "k2": bytes(reversed(range(32)))}
    with pytest.raises(UnknownKey, match="k0"):
        await Vault(Keyring("k2", keys)).rewrap(conn, batch=1)
    whole = Vault(Keyring("k2", keys | older))
    left = await conn.fetchval("SELECT count(*) FROM privacy.data_key WHERE key_id <> 'k2'")
    assert await whole.rewrap(conn, batch=1) == left
    assert await conn.fetch("SELECT DISTINCT key_id FROM privacy.data_key") == [("k2",)]
