"""A letter has one Message-ID for ever, one sender at a time, and one final word."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.vocabulary import NoticeKind
from records import outbox
from records.outbox import LetterSettled, LetterStatus
from records.vault import Vault

STREAM = "PR-4106-105S"
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


async def add(conn: asyncpg.Connection, n: int = 2, stream: str = STREAM) -> bool:
    """Ask for an acknowledgement as event ``n``."""
    return await outbox.add(
        conn,
        stream=stream,
        n=n,
        request_id=STREAM,
        notice=NoticeKind.ACKNOWLEDGEMENT,
        audience="consumer",
        facts={"respond_by": "2026-04-16"},
        domain="privacy.example.com",
        requested_at=NOW,
    )


async def letter_of(conn: asyncpg.Connection, n: int = 2, stream: str = STREAM) -> outbox.Letter:
    """Read a letter that is there."""
    letter = await outbox.find(conn, stream, n)
    assert letter
    return letter


async def test_a_letter_is_added_once_and_keeps_its_message_id(
    conn: asyncpg.Connection, request_id: str
) -> None:
    """Adding again changes nothing; the Message-ID follows from the key alone."""
    assert await add(conn)
    first = await letter_of(conn)
    assert not await add(conn)
    assert await outbox.of_request(conn, request_id) == [first]
    assert first.message_id == outbox.message_id(STREAM, 2, "privacy.example.com")
    assert first.message_id != outbox.message_id(f"{STREAM}.acme", 2, "privacy.example.com")
    assert (first.status, first.attempts) == (LetterStatus.WAITING, 0)
    assert first.facts == {"respond_by": "2026-04-16"}


@pytest.mark.usefixtures("request_id")
async def test_a_letter_is_held_by_one_dispatcher_at_a_time(
    conn: asyncpg.Connection, second: asyncpg.Connection
) -> None:
    """While one holds it another gets none; once accepted nobody gets it; attempts are counted."""
    await add(conn)
    async with outbox.claim(conn, STREAM, 2) as held:
        assert held
        async with outbox.claim(second, STREAM, 2) as other:
            assert other is None
        await outbox.mark_deferred(conn, STREAM, 2, server_reply="451 4.3.0 try later")
    async with outbox.claim(second, STREAM, 2) as again:
        assert again
        assert (again.message_id, again.attempts) == (held.message_id, 2)
        await outbox.mark_accepted(second, STREAM, 2, accepted_at=NOW, server_reply="250 2.0.0 ok")
    async with outbox.claim(conn, STREAM, 2) as none:
        assert none is None
    assert (await letter_of(conn)).attempts == 2


@pytest.mark.usefixtures("request_id")
async def test_a_dispatcher_that_dies_lets_go_and_its_attempt_is_counted(
    conn: asyncpg.Connection, database: str
) -> None:
    """The letter of a dispatcher whose connection broke is there for the next one at once."""
    await add(conn)
    dying = await asyncpg.connect(database)
    await outbox.claim(dying, STREAM, 2).__aenter__()
    dying.terminate()
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    async with asyncio.timeout(5):
        while await conn.fetchval(locks):
            await asyncio.sleep(0.01)
    async with outbox.claim(conn, STREAM, 2) as letter:
        assert letter
        assert letter.attempts == 2


@pytest.mark.usefixtures("request_id")
async def test_many_dispatchers_send_each_letter_once(
    conn: asyncpg.Connection, database: str
) -> None:
    """Six dispatchers over ten letters at once send every letter exactly once."""
    for n in range(1, 11):
        await add(conn, n)
    sent: list[int] = []

    async def dispatch(pool: asyncpg.Pool) -> None:
        async with pool.acquire() as own:
            for letter in await outbox.unsent(own, STREAM):
                async with outbox.claim(own, STREAM, letter.n) as held:
                    if held:
                        await asyncio.sleep(0.005)
                        sent.append(held.n)
                        await outbox.mark_accepted(
                            own, STREAM, held.n, accepted_at=NOW, server_reply="250 ok"
                        )

    async with asyncpg.create_pool(database, min_size=6, max_size=6) as pool:
        await asyncio.gather(*(dispatch(pool) for _ in range(6)))
    assert sorted(sent) == list(range(1, 11))
    assert await outbox.unsent(conn, STREAM) == []


@pytest.mark.usefixtures("request_id")
async def test_an_accepted_letter_cannot_be_marked_otherwise(conn: asyncpg.Connection) -> None:
    """Accepting again is no news; deferring, refusing, or any change of the row is refused."""
    await add(conn)
    reply = "250 2.0.0 queued for ana.canary@example.com"
    assert await outbox.mark_accepted(conn, STREAM, 2, accepted_at=NOW, server_reply=reply)
    later = NOW + timedelta(hours=1)
    assert not await outbox.mark_accepted(conn, STREAM, 2, accepted_at=later, server_reply="250")
    letter = await letter_of(conn)
    assert (letter.accepted_at, letter.server_reply) == (NOW, "250 2.0.0")
    with pytest.raises(LetterSettled):
        await outbox.mark_deferred(conn, STREAM, 2, server_reply="451")
    with pytest.raises(LetterSettled):
        await outbox.mark_refused(conn, STREAM, 2, server_reply="550")
    assert not await outbox.requeue(conn, STREAM, 2)
    for change in ("status = 'waiting', accepted_at = NULL", "message_id = '<x@y>'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(f"UPDATE privacy.outbox SET {change}")
    with pytest.raises(LookupError):
        await outbox.mark_refused(conn, STREAM, 99, server_reply="550")


@pytest.mark.usefixtures("request_id")
async def test_a_refused_letter_waits_for_staff_and_stays_the_same_letter(
    conn: asyncpg.Connection,
) -> None:
    """Refused is not unsent; put back, it goes out under the Message-ID it had."""
    await add(conn)
    before = await letter_of(conn)
    assert await outbox.mark_refused(conn, STREAM, 2, server_reply="550 5.1.1 <ana@x> unknown")
    assert await outbox.unsent(conn, STREAM) == []
    with pytest.raises(LetterSettled):
        await outbox.mark_accepted(conn, STREAM, 2, accepted_at=NOW, server_reply="250")
    assert await outbox.requeue(conn, STREAM, 2)
    after = await letter_of(conn)
    assert (after.message_id, after.server_reply) == (before.message_id, "550 5.1.1")
    assert await outbox.unsent(conn, STREAM) == [after]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute("UPDATE privacy.outbox SET message_id = '<x@y>'")


async def test_every_attempt_sends_the_bytes_that_were_kept_first(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """The first rendering is kept, hash and version with it; providers' letters do not collide."""
    acme = f"{request_id}.acme"
    for stream in (request_id, acme):
        await add(conn, stream=stream)
        letter = await letter_of(conn, stream=stream)
        assert await outbox.body_of(conn, vault, letter) is None
        first = f"to {stream}".encode()
        assert await outbox.keep_body(conn, vault, letter, first, "v1") == first
        assert await outbox.keep_body(conn, vault, letter, b"other", "v2") == first
        kept = await letter_of(conn, stream=stream)
        assert await outbox.body_of(conn, vault, kept) == first
    assert (await letter_of(conn, stream=acme)).template_version == "v1"


async def test_a_sweep_finds_old_unsent_letters_of_any_stream(
    conn: asyncpg.Connection, request_id: str
) -> None:
    """Waiting and deferred letters older than the instant are found, accepted ones are not."""
    acme = f"{request_id}.acme"
    await add(conn, 2)
    await add(conn, 3)
    await add(conn, 1, acme)
    await outbox.mark_accepted(conn, request_id, 2, accepted_at=NOW, server_reply="250")
    await outbox.mark_deferred(conn, acme, 1)
    assert await outbox.unsent_before(conn, NOW) == []
    found = await outbox.unsent_before(conn, NOW + timedelta(seconds=1))
    assert [(letter.stream, letter.n) for letter in found] == [(request_id, 3), (acme, 1)]
    assert [letter.n for letter in await outbox.of_stream(conn, request_id)] == [2, 3]


@pytest.mark.parametrize(
    ("reply", "codes"),
    [
        ("250 2.1.5 <ana@example.com> ok", "250 2.1.5"),
        ("550-5.7.1 blocked\r\n550 5.7.1 ana@example.com", "550 5.7.1"),
        ("421 ana@example.com later", "421"),
        ("250 2.1.5ana@example.com", "250"),
        ("ana@example.com", None),
        ("", None),
    ],
)
def test_of_a_servers_reply_only_the_codes_are_kept(reply: str, codes: str | None) -> None:
    """Whatever a mail server says, no address gets past the codes."""
    assert outbox.codes_of(reply) == codes


@pytest.mark.usefixtures("request_id")
async def test_a_correction_takes_back_what_was_asked_for_before_it(
    conn: asyncpg.Connection,
) -> None:
    """Repeating the record of event 3 leaves the letter that followed it; nothing lingers."""
    await add(conn, 2)
    await add(conn, 4)
    for _ in range(2):
        await outbox.withdraw_before(conn, STREAM, 3, ["consumer"], printed=False)
    assert (await letter_of(conn, 2)).status is LetterStatus.WITHDRAWN
    assert [letter.n for letter in await outbox.unsent(conn, STREAM)] == [4]


@pytest.mark.usefixtures("request_id")
async def test_a_letter_that_came_too_late_to_be_sent_is_taken_back_alone(
    conn: asyncpg.Connection,
) -> None:
    """One that went out stays what it is; the others of its stream are left (CLK-05)."""
    for n in (2, 3, 4):
        await add(conn, n)
    await outbox.mark_accepted(conn, STREAM, 2, accepted_at=NOW, server_reply="250 ok")
    await outbox.withdraw(conn, STREAM, 2)
    await outbox.withdraw(conn, STREAM, 3)
    assert (await letter_of(conn, 2)).status is LetterStatus.ACCEPTED
    assert (await letter_of(conn, 3)).status is LetterStatus.WITHDRAWN
    assert [letter.n for letter in await outbox.unsent(conn, STREAM)] == [4]


@pytest.mark.usefixtures("request_id")
async def test_what_the_mail_server_took_while_it_was_withdrawn_is_said_to_be_out(
    conn: asyncpg.Connection,
) -> None:
    """The record tells what the consumer has in hand, not what was wished; any other word fails."""
    await add(conn, 2)
    async with outbox.claim(conn, STREAM, 2):
        await outbox.withdraw(conn, STREAM, 2)
        with pytest.raises(outbox.LetterSettled):
            await outbox.mark_deferred(conn, STREAM, 2, server_reply="451 later")
        assert await outbox.mark_accepted(conn, STREAM, 2, accepted_at=NOW, server_reply="250 ok")
    assert (await letter_of(conn, 2)).accepted_at == NOW
    await outbox.withdraw(conn, STREAM, 2)
    assert (await letter_of(conn, 2)).status is LetterStatus.ACCEPTED
