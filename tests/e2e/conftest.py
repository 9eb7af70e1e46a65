"""One stack for all tests of whole requests: real processes, real servers, real mail."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.e2e.office import QUICK_PROVIDERS, Office
from tests.folders import reachable_folder
from workers.stack.mail_sink import EmbeddedMailSink
from workers.stack.supervisor import EmbeddedStack
from workers.temporal.astray import WENT_ASTRAY


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[EmbeddedStack]:
    """Run every part of an installation for the session."""
    with reachable_folder() as folder:
        described = EmbeddedStack(
            folder / "stack", ports={}, durable=False, variables=QUICK_PROVIDERS
        )
        async with described as running:
            yield running
            nothing_went_astray(running)


def nothing_went_astray(stack: EmbeddedStack) -> None:
    """See that every workflow's history led to its ledger, whatever was killed meanwhile."""
    logged = stack.folder.log("worker").read_text(encoding="utf-8", errors="replace")
    assert [line for line in logged.splitlines() if WENT_ASTRAY in line] == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office(stack: EmbeddedStack) -> AsyncIterator[Office]:
    """Open the office: doors, business, staff."""
    opened = await Office.of(stack)
    yield opened
    await opened.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def mail(office: Office) -> AsyncIterator[EmbeddedMailSink]:
    """Give the mail server, and switch its faults off afterwards; its letters stay."""
    yield office.stack.mail
    await office.switch_mail_faults_off()
