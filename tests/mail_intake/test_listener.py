"""The SMTP and LMTP door: 250 means kept, other addresses are refused, an outage defers."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from mail_intake.listener import Door, DoorNotOpened, listen
from mail_intake.sorting import Sorting
from tests.mail_intake.office import ANA, MAILBOX, OTHER_MAILBOX, MailOffice, mail
from workers.stack.ports import free_port

ANA_ADDRESS = "ana.canary@example.com"
RAW = mail("Please delete my data").as_bytes()


@asynccontextmanager
async def opened(office: MailOffice, *, lmtp: bool = False) -> AsyncIterator[tuple[int, list[int]]]:
    """Open the door; yields its port and the numbers of the mails that arrived."""
    arrived: list[int] = []
    port = free_port()
    server = await listen(office.parts, Door("127.0.0.1", port, lmtp=lmtp), arrived.append)
    yield port, arrived
    server.close()
    await server.wait_closed()


async def spoken(port: int, talk: Callable[[smtplib.SMTP], object]) -> object:
    """Talk to the door as a mail server does."""

    def run() -> object:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as server:
            return talk(server)

    return await asyncio.to_thread(run)


async def test_both_mailboxes_take_mail_and_nothing_is_relayed(office: MailOffice) -> None:
    """Both addresses of the policy, with a detail too; anywhere else is refused (REQ-07)."""
    to = [MAILBOX.upper(), OTHER_MAILBOX, MAILBOX.replace("@", "+web@"), "ceo@wicresoft.com"]
    async with opened(office) as (port, arrived):
        refused = await spoken(port, lambda server: server.sendmail(ANA, to, RAW))
    assert isinstance(refused, dict)
    assert list(refused) == ["ceo@wicresoft.com"]
    assert refused["ceo@wicresoft.com"][0] == 550
    (row,) = await office.rows()
    assert (arrived, row["standing"]) == ([row["mail_id"]], "received")


async def test_a_port_that_another_process_has_is_named(office: MailOffice) -> None:
    """Where the door cannot open, the error says at which port and what to change."""
    async with opened(office) as (port, _):
        with pytest.raises(DoorNotOpened, match=f"127.0.0.1:{port} .*PRIVACY_MAIL_IN_HOST"):
            await listen(office.parts, Door("127.0.0.1", port), lambda _: None)


async def test_lmtp_answers_for_each_recipient(office: MailOffice) -> None:
    """One mail, kept once, and a 250 for each of its recipients (RFC 2033)."""
    talk = ["LHLO mx", f"MAIL FROM:<{ANA_ADDRESS}>", f"RCPT TO:<{MAILBOX}>"]
    talk += [f"RCPT TO:<{OTHER_MAILBOX}>", "DATA", RAW.decode() + "\r\n.", "QUIT"]
    async with opened(office, lmtp=True) as (port, arrived):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for line in talk:
            writer.write(line.replace("\n", "\r\n").encode() + b"\r\n")
        answers = (await asyncio.wait_for(reader.read(), 20)).decode().splitlines()
        writer.close()
    assert [answer for answer in answers if "Kept" in answer] == ["250 2.0.0 Kept"] * 2
    assert len(arrived) == 1


async def test_a_mail_that_cannot_be_kept_is_deferred(office: MailOffice) -> None:
    """While the database is away the company's mail server keeps it and tries again."""
    await office.parts.pool.close()
    async with opened(office) as (port, arrived):
        with pytest.raises(smtplib.SMTPDataError) as raised:
            await spoken(port, lambda server: server.sendmail(ANA, [MAILBOX], RAW))
    assert raised.value.smtp_code == 451
    assert arrived == []


async def test_the_empty_sender_of_a_report_is_kept(office: MailOffice) -> None:
    """By it bounces are known (RFC 3834, RFC 5321)."""
    async with opened(office) as (port, arrived):
        await spoken(port, lambda server: server.sendmail("", [MAILBOX], RAW))
    settled = await _settled(office, arrived[0])
    assert settled == ("automatic", "auto_reply")


async def test_an_oversized_mail_is_refused_while_it_is_sent(office: MailOffice) -> None:
    """The size is announced, so that no server sends what is not taken."""
    small = office.parts.settings.model_copy(
        update={"limits": office.parts.settings.limits.model_copy(update={"mail_bytes": 1000})}
    )
    tight = replace(office, parts=replace(office.parts, settings=small))
    async with opened(tight) as (port, _):
        with pytest.raises(smtplib.SMTPException):
            await spoken(port, lambda server: server.sendmail(ANA, [MAILBOX], RAW + b"x" * 9000))
    assert await office.rows() == []


async def _settled(office: MailOffice, mail_id: int) -> tuple[str, str]:
    settled = await Sorting(office.parts).settle(mail_id)
    assert settled is not None
    return settled.standing, settled.reason
