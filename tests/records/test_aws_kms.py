"""AWS KMS as the home of wrapping keys, against a server that checks every signature itself."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from awscrt.auth import AwsCredentialsProvider

from records.aws_kms import KmsKeys
from records.keyring import Keyring, UnknownKey
from records.vault import Vault
from records.wrapping import KeyServiceAway, Succession
from tests.records.aws_kms_service import (
    ALIAS,
    REGION,
    SECRET_KEY,
    KmsServer,
    credentials,
    kms_server,
    signed,
)

KEY = bytes(range(32))
OWN = Keyring("k1", {"k1": KEY})


@pytest.fixture
def server() -> Iterator[KmsServer]:
    """Run the service."""
    with kms_server() as running:
        yield running


@pytest.fixture
async def service(server: KmsServer) -> AsyncIterator[KmsKeys]:
    """Speak to it."""
    keys = KmsKeys(server.url, ALIAS, REGION, credentials=credentials())
    yield keys
    await keys.aclose()


def test_the_server_checks_signatures_by_the_published_example() -> None:
    """The example of AWS's own documentation comes out, so that both sides cannot err alike."""
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": "iam.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
    }
    scope = ["us-east-1", "iam", "aws4_request"]
    path = "/?Action=ListUsers&Version=2010-05-08"
    signature = signed("GET", path, headers, b"", scope, "20150830")
    assert signature == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


async def test_a_vault_moves_there_and_to_the_next_key(
    conn: asyncpg.Connection, vault: Vault, request_id: str, server: KmsServer, service: KmsKeys
) -> None:
    """With both set all opens; with the alias at another key, a rewrap idles the old one."""
    before = await vault.get(conn, request_id, "submission")
    both = Vault(Succession((service, OWN)))
    assert await both.rewrap(conn) == 1
    alone = Vault(service)
    first, second = server.current, server.point_at_a_new_key()
    assert await alone.get(conn, request_id, "submission") == before
    assert await alone.rewrap(conn) == 1
    assert await conn.fetchval("SELECT key_id FROM privacy.data_key") == f"aws-kms:{second}"
    server.disabled.add(first)
    assert await alone.get(conn, request_id, "submission") == before


async def test_a_key_that_was_disabled_is_named(server: KmsServer, service: KmsKeys) -> None:
    """What it wrapped cannot be opened, and the error says by which key it could."""
    wrapped = await service.wrap(KEY, "PR-1")
    server.disabled.add(server.current)
    with pytest.raises(UnknownKey, match=server.current):
        await service.unwrap(wrapped, "PR-1")
    with pytest.raises(KeyServiceAway, match="DisabledException"):
        await service.wrap(KEY, "PR-1")


@pytest.mark.parametrize("what", ["another secret", "a clock that is wrong", "no credentials"])
async def test_a_call_that_is_not_signed_well_is_refused(
    server: KmsServer, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says where to look, and holds no secret."""
    given = credentials("another" if what == "another secret" else SECRET_KEY)
    if what == "a clock that is wrong":
        server.now = lambda: datetime.now(UTC) + timedelta(minutes=6)
    if what == "no credentials":
        given = AwsCredentialsProvider.new_environment()
        monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    keys = KmsKeys(server.url, ALIAS, REGION, credentials=given)
    expected = "cannot be signed" if what == "no credentials" else "InvalidSignatureException"
    with pytest.raises(KeyServiceAway, match=expected) as refused:
        await keys.wrap(KEY, "PR-1")
    assert SECRET_KEY not in str(refused.value)
    await keys.aclose()


async def test_a_service_that_is_away_is_waited_for(server: KmsServer, service: KmsKeys) -> None:
    """An outage is one like the database's, not a key that is lost."""
    wrapped = await service.wrap(KEY, "PR-1")
    server.away = True
    with pytest.raises(KeyServiceAway, match="500") as refused:
        await service.unwrap(wrapped, "PR-1")
    assert isinstance(refused.value, OSError)
    elsewhere = KmsKeys("http://127.0.0.1:9", ALIAS, REGION, credentials=credentials())
    with pytest.raises(KeyServiceAway, match="no answer"):
        await elsewhere.newest()
    await elsewhere.aclose()
