"""Codes for fetching a package: few, short-lived, good once."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from records import package_codes, tokens
from records.keyring import Keyring
from records.package_codes import Drawn, Verdict
from tests.records.conftest import NOW

SOON = NOW + timedelta(minutes=30)


@pytest.fixture
async def link(conn: asyncpg.Connection, request_id: str) -> str:
    """Issue a link and give the hash of its token."""
    plaintext = await tokens.issue(conn, request_id, request_id, "package", SOON, 1)
    token = await tokens.look_up(conn, plaintext)
    assert token is not None
    return token.hash


async def draw(conn: asyncpg.Connection, keyring: Keyring, link: str, most: int = 9) -> Drawn:
    """Draw a code."""
    drawn = await package_codes.draw(conn, keyring, link, most=most, now=NOW, expires_at=SOON)
    assert drawn is not None
    return drawn


async def redeem(
    conn: asyncpg.Connection, keyring: Keyring, link: str, given: str, **changed: object
) -> Verdict:
    """Type a code."""
    asked = {"most_attempts": 3, "now": NOW} | changed
    return await package_codes.redeem(conn, keyring, link, given, **asked)  # type: ignore[arg-type]


def wrong(code: str) -> str:
    """Return another code."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


async def test_a_code_is_good_once(conn: asyncpg.Connection, keyring: Keyring, link: str) -> None:
    """The right code, spaced as people type it, opens once; in clear it stands nowhere."""
    assert await redeem(conn, keyring, link, "12345678") is Verdict.NONE
    code = (await draw(conn, keyring, link)).code
    assert not [r for r in await conn.fetch("SELECT * FROM privacy.package_code") if code in str(r)]
    assert await redeem(conn, keyring, link, f" {code[:4]} {code[4:]}") is Verdict.RIGHT
    assert await redeem(conn, keyring, link, code) is Verdict.SPENT


async def test_wrong_codes_are_counted(
    conn: asyncpg.Connection, keyring: Keyring, link: str
) -> None:
    """After the last attempt even the right code is refused, until another is drawn."""
    code = (await draw(conn, keyring, link)).code
    for given in (wrong(code), "", code + "1"):
        assert await redeem(conn, keyring, link, given) is Verdict.WRONG
    assert await redeem(conn, keyring, link, code) is Verdict.SPENT
    assert not (await package_codes.standing(conn, link, most_attempts=3, now=NOW)).usable
    again = await draw(conn, keyring, link)
    assert await redeem(conn, keyring, link, code) is Verdict.WRONG
    assert await redeem(conn, keyring, link, again.code) is Verdict.RIGHT


async def test_a_code_expires(conn: asyncpg.Connection, keyring: Keyring, link: str) -> None:
    """From its end on it is refused and shown as of no use."""
    code = (await draw(conn, keyring, link)).code
    assert (await package_codes.standing(conn, link, most_attempts=3, now=NOW)).usable
    assert not (await package_codes.standing(conn, link, most_attempts=3, now=SOON)).usable
    assert await redeem(conn, keyring, link, code, now=SOON) is Verdict.EXPIRED


async def test_a_link_has_few_codes(conn: asyncpg.Connection, keyring: Keyring, link: str) -> None:
    """No more are drawn than the settings allow."""
    assert [(await draw(conn, keyring, link, most=2)).n for _ in range(2)] == [1, 2]
    none = await package_codes.draw(conn, keyring, link, most=2, now=NOW, expires_at=SOON)
    assert none is None


async def test_of_two_right_ones_at_once_one_is_right(
    conn: asyncpg.Connection, second: asyncpg.Connection, keyring: Keyring, link: str
) -> None:
    """Two browsers with the same code get one package."""
    code = (await draw(conn, keyring, link)).code
    verdicts = await asyncio.gather(
        redeem(conn, keyring, link, code), redeem(second, keyring, link, code)
    )
    assert sorted(verdicts) == [Verdict.RIGHT, Verdict.SPENT]
