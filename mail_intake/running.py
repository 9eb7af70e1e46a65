"""The work of mail intake while its process lives: mail taken, sorted, and leftovers looked for."""

import asyncio
from dataclasses import dataclass

import structlog

from mail_intake.listener import Door, listen
from mail_intake.parts import MailParts
from mail_intake.polling import ImapAccount, MailboxRefuses, poll
from mail_intake.sorting import Sorting

log = structlog.get_logger("mail_intake")

TRY_AGAIN_SECONDS = 30.0
"""Between looks for mail that an earlier process, or an outage, left unsorted."""

TIDY_SECONDS = 3600.0
READY = "taking mail"


@dataclass(frozen=True)
class Ways:
    """How mail comes in; either or both."""

    door: Door | None
    account: ImapAccount | None = None
    poll_seconds: float = 60.0


async def take_mail(parts: MailParts, ways: Ways, stop: asyncio.Event) -> None:
    """Take and sort mail until told to stop; what is kept and unsorted waits for the next start."""
    waiting: asyncio.Queue[int] = asyncio.Queue()
    sorting = Sorting(parts)
    server = await listen(parts, ways.door, waiting.put_nowait) if ways.door else None
    tasks = [
        asyncio.create_task(_sort(sorting, waiting)),
        asyncio.create_task(_look_after(sorting)),
        asyncio.create_task(_tidy(sorting)),
    ]
    if ways.account:
        tasks.append(asyncio.create_task(_poll(parts, ways, ways.account, waiting)))
    log.info(READY)
    try:
        await stop.wait()
    finally:
        if server:
            server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _sort(sorting: Sorting, waiting: asyncio.Queue[int]) -> None:
    while True:
        mail_id = await waiting.get()
        try:
            await sorting.settle(mail_id)
        except Exception as fault:
            log.warning("left_for_later", row_id=mail_id, reason=type(fault).__name__)


async def _look_after(sorting: Sorting) -> None:
    while True:
        try:
            await sorting.settle_waiting()
        except Exception as fault:
            log.warning("left_for_later", reason=type(fault).__name__)
        await asyncio.sleep(TRY_AGAIN_SECONDS)


async def _tidy(sorting: Sorting) -> None:
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        try:
            await sorting.tidy()
        except Exception as fault:
            log.warning("not_tidied", reason=type(fault).__name__)


async def _poll(
    parts: MailParts, ways: Ways, account: ImapAccount, waiting: asyncio.Queue[int]
) -> None:
    while True:
        try:
            await poll(parts, account, waiting.put_nowait)
        except (MailboxRefuses, OSError) as fault:
            log.warning("mailbox_not_read", dependency=account.host, reason=type(fault).__name__)
        except Exception as fault:
            log.error("mailbox_not_read", dependency=account.host, reason=type(fault).__name__)
        await asyncio.sleep(ways.poll_seconds)
