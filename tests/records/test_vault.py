"""The vault gives back what was put, to the right place only, until the key is shredded."""

import asyncpg
import pytest

from records.keyring import Keyring, Tampered, UnknownKey
from records.vault import NoDataKey, NotInVault, Shredded, StoredKind, Vault

OLD = {"k1": bytes(range(32))}
NEW = {"k2": bytes(range(32, 64))}


async def test_what_is_put_stays_and_nothing_readable_is_stored(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """The first body stays unless replaced; the table never holds it in clear."""
    assert await vault.put(conn, request_id, "report", b"canary-1", n=2)
    assert not await vault.put(conn, request_id, "report", b"canary-2", n=2)
    assert await vault.get(conn, request_id, "report", n=2) == b"canary-1"
    assert await vault.put(conn, request_id, "report", b"canary-3", n=2, replace=True)
    assert await vault.get(conn, request_id, "report", n=2) == b"canary-3"
    stored = await conn.fetch("SELECT ciphertext FROM privacy.vault")
    assert not [row for row in stored if b"canary" in row["ciphertext"].lower()]
    kinds = await vault.kinds(conn, request_id)
    assert kinds == [StoredKind(kind="report", n=2), StoredKind(kind="submission", n=0)]


async def test_an_empty_place_says_so(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """Another kind, number or request holds nothing, and a request never filed has no key."""
    for place in ((request_id, "letter", 0), (request_id, "submission", 1), ("PR-NONE", "x", 0)):
        with pytest.raises(NotInVault):
            await vault.get(conn, *place)
    with pytest.raises(NoDataKey):
        await vault.put(conn, "PR-NONE", "letter", b"text")


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE privacy.vault SET ciphertext = ciphertext || '\\x00'",
        "UPDATE privacy.vault SET ciphertext = ''",
        "UPDATE privacy.vault SET n = 7 - n WHERE kind = 'report'",
        "UPDATE privacy.data_key SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)",
    ],
)
async def test_a_changed_or_moved_row_does_not_open(
    conn: asyncpg.Connection, vault: Vault, request_id: str, tamper: str
) -> None:
    """A flipped bit, a lost ciphertext and a row moved to another place are all refused."""
    await vault.put(conn, request_id, "report", b"mine", n=0)
    await conn.execute(tamper)
    moved = "7 - n" in tamper
    with pytest.raises(Tampered):
        await vault.get(conn, request_id, "report", n=7 if moved else 0)


async def test_shredding_destroys_the_key_for_good(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """After shredding nothing opens, nothing can be put, no new key comes; the tombstone stays."""
    assert await vault.shred(conn, request_id)
    assert not await vault.shred(conn, request_id)
    await vault.create_key(conn, request_id)
    for refused in (
        vault.get(conn, request_id, "submission"),
        vault.put(conn, request_id, "letter", b"text"),
    ):
        with pytest.raises(Shredded):
            await refused
    row = await conn.fetchrow("SELECT wrapped, shredded_at FROM privacy.data_key")
    assert row["wrapped"] is None
    assert row["shredded_at"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute("UPDATE privacy.data_key SET wrapped = 'x', shredded_at = NULL")


async def test_rotation_leaves_nothing_under_the_old_key(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """While both keys are held all opens; after rewrapping the old key is not needed any more."""
    both = Vault(Keyring("k2", OLD | NEW))
    before = await both.get(conn, request_id, "submission")
    with pytest.raises(UnknownKey):
        await Vault(Keyring("k2", NEW)).rewrap(conn)
    assert await both.rewrap(conn, batch=1) == 1
    assert await both.rewrap(conn) == 0
    assert await Vault(Keyring("k2", NEW)).get(conn, request_id, "submission") == before
    with pytest.raises(UnknownKey):
        await vault.get(conn, request_id, "submission")


def test_a_keyring_never_shows_its_keys() -> None:
    """Neither its text nor the errors of a wrong one hold a key."""
    secret = b"S" * 32
    assert "SSSS" not in repr(Keyring("k1", {"k1": secret}))
    for wrong in ({"k1": b"S" * 31}, {"k2": secret}):
        with pytest.raises(ValueError, match="k1") as refusal:
            Keyring("k1", wrong)
        assert "SSSS" not in str(refusal.value)
