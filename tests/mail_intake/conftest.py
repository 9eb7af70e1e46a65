"""What the tests of this room share: mail intake over a real database, and an engine to watch."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from domain.policy import Policy
from mail_intake.limits import Limits
from mail_intake.parts import MailParts, MailSettings
from records.pool import create_pool
from tests.gateway.support import Clock, WatchedEngine
from tests.mail_intake.office import MAILBOX, OTHER_MAILBOX, SENDER, MailOffice, StaffNotes
from tests.stored import KEYRING, VAULT


@pytest.fixture(scope="session", autouse=True)
def _published(revisions: tuple[Policy, ...]) -> None:
    """Work by the policies that the project publishes."""


@pytest.fixture
async def office(
    database: str, as_role: Callable[[str, str], str], conn: asyncpg.Connection
) -> AsyncIterator[MailOffice]:
    """Take mail with the gateway's own, small rights."""
    pool = await create_pool(as_role(database, "privacy_gateway"), max_size=4)
    engine, notes, clock = WatchedEngine(), StaffNotes(), Clock()
    parts = MailParts(
        pool=pool,
        vault=VAULT,
        wrapping=KEYRING,
        hashing=KEYRING,
        people=KEYRING,
        engine=engine,
        settings=MailSettings(
            mailboxes=frozenset({MAILBOX, OTHER_MAILBOX}),
            own_addresses=frozenset({SENDER}),
            limits=Limits(mail_bytes=1 << 20, file_bytes=1 << 18),
        ),
        now=clock,
        tell_staff=notes,
    )
    yield MailOffice(parts, engine, notes, clock, conn)
    await pool.close()
