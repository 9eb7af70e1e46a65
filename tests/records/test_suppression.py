"""Who is suppressed is recognised in any spelling, under any key, and stands nowhere in clear."""

from datetime import UTC, datetime

import asyncpg
import pytest

from records.identities import Identity, email, normalised, phone
from records.keyring import Keyring
from records.suppression import Scope, is_suppressed, remove, suppress

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
ANA = [email("Ana.Canary@Example.com "), phone("+1 (415) 555-0142")]


async def put(conn: asyncpg.Connection, keyring: Keyring, scope: Scope) -> int:
    """Put Ana on a list."""
    return await suppress(conn, keyring, scope, ANA, request_id=None, now=NOW)


@pytest.mark.parametrize(
    "spelling", [email("ana.canary@example.com"), phone("415.555.0142"), phone("14155550142")]
)
async def test_a_person_is_recognised_in_another_spelling(
    conn: asyncpg.Connection, keyring: Keyring, spelling: Identity
) -> None:
    """Case, blanks, punctuation and the leading 1 make no difference; the scope does."""
    assert await put(conn, keyring, Scope.MARKETING) == 2
    assert await is_suppressed(conn, keyring, Scope.MARKETING, spelling)
    assert not await is_suppressed(conn, keyring, Scope.DELETION, spelling)
    assert not await is_suppressed(conn, keyring, Scope.MARKETING, email("other@example.com"))
    assert "anary" not in str(await conn.fetch("SELECT * FROM privacy.suppression"))


async def test_the_list_outlives_a_rotation(conn: asyncpg.Connection, keyring: Keyring) -> None:
    """Entries under an older key count, are not doubled, and can be taken off."""
    rotated = Keyring("k2", {"k1": bytes(range(32)), "k2": bytes(32)})
    await put(conn, keyring, Scope.DELETION)
    assert await put(conn, rotated, Scope.DELETION) == 0
    assert await is_suppressed(conn, rotated, Scope.DELETION, ANA[0])
    assert await remove(conn, rotated, Scope.DELETION, ANA) == 2
    assert not await is_suppressed(conn, rotated, Scope.DELETION, ANA[0])


@pytest.mark.parametrize("empty", [email("  "), phone("n/a")])
def test_nothing_identifies_nobody(empty: Identity) -> None:
    """An identity without content is refused instead of matching everybody without one."""
    with pytest.raises(ValueError, match="identifies nobody"):
        normalised(empty)


def test_an_identity_does_not_show_itself() -> None:
    """What is logged by mistake names the kind, not the person."""
    assert "anary" not in f"{ANA[0]} {ANA!r}"
