"""kill -9 of any part at any point loses nothing and does nothing twice (invariants 5 and 6)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from domain import events as e
from domain.vocabulary import Decision, NoticeKind
from tests.e2e.case import Case
from tests.e2e.office import Office, submission

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

PARTS = ("postgres", "temporal", "worker", "gateway")


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def whole_again(office: Office) -> AsyncIterator[None]:
    """Bring back whatever a test has killed, in the order of the stack."""
    yield
    for part in PARTS:
        if part not in office.stack.running():
            await office.stack.start(part)


async def ended_well(case: Case, office: Office) -> None:
    """See a request through, and check that everything of it happened exactly once."""
    state = await case.closed(150)
    assert state.outcome is Decision.GRANT_PARTIAL
    assert set((await office.shop.rows(case.customer)).values()) == {0}
    assert await case.ledger_state() == state
    await office.replay(case.request_id)
    names = await case.names()
    for once in ("AddressConfirmed", "RequestApproved", "DataErased", "RequestAnswered"):
        assert names.count(once) == 1, once
    arrived = [mail["message_id"] for mail in await office.people.mails()]
    letters = await case.query(
        "SELECT message_id FROM privacy.outbox WHERE request_id = $1", case.request_id
    )
    assert {arrived.count(letter["message_id"]) for letter in letters} == {1}


@pytest.mark.timeout(300)
async def test_the_worker_may_die_while_it_works(office: Office) -> None:
    """Killed in the midst of opening, matching, erasing and directing: all goes on, once."""
    cases = [await office.verified() for _ in range(4)]
    unread = await office.file()
    await unread.letter(NoticeKind.ACKNOWLEDGEMENT)
    for case in cases:
        await case.approve()
        await asyncio.sleep(0.1)
    await unread.confirm()
    fresh = await office.people.file(submission(customer := await office.shop.customer()))
    await office.stack.kill("worker")
    await office.stack.start("worker")
    new = office.case(fresh["request_id"], customer, fresh)
    for late in (unread, new):
        await late.until("its opening", lambda s: s.received, 60)
    await new.letter(NoticeKind.ACKNOWLEDGEMENT, 60)
    await new.confirm()
    for late in (unread, new):
        await late.until("a decision is awaited", lambda s: s.holdings, 60)
        await late.approve()
    for case in (*cases, unread, new):
        await ended_well(case, office)


async def test_a_request_filed_without_temporal_is_started_by_the_sweep(office: Office) -> None:
    """Registered while Temporal is down, then the gateway dies: nothing lost, nothing twice."""
    customer = await office.shop.customer()
    await office.stack.kill("temporal")
    filed = await office.people.file(submission(customer), key=f"once-{customer.id}")
    await office.stack.kill("gateway")
    await office.stack.start("temporal")
    await office.stack.start("gateway")
    again = await office.people.file(submission(customer), key=f"once-{customer.id}")
    assert again["request_id"] == filed["request_id"]
    await office.sweep()
    case = office.case(filed["request_id"], customer, filed)
    await case.letter(NoticeKind.ACKNOWLEDGEMENT, 60)
    await case.verified()
    await case.approve()
    await ended_well(case, office)
    assert len(await case.events(e.RequestReceived)) == 1


async def test_a_button_pressed_without_temporal_still_counts(office: Office) -> None:
    """The page works while Temporal is down; the sweep delivers what the inbox holds."""
    case = await office.file()
    mail = await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    await office.stack.kill("temporal")
    answer = await office.people.press(office.people.links(mail)[0])
    await office.stack.start("temporal")
    assert answer.status_code == 200
    await office.sweep(later_by=timedelta(minutes=1))
    await case.until("a decision is awaited", lambda s: s.holdings, 60)


async def test_temporal_may_die(office: Office) -> None:
    """Its own file brings everything back; the request goes on where it was."""
    case = await office.verified()
    await case.approve()
    await office.stack.kill("temporal")
    await office.stack.start("temporal")
    await ended_well(case, office)
    assert await case.events(e.RequestResumed) == []


async def test_postgres_may_die(office: Office) -> None:
    """What could not be recorded is tried again until it is; clocks and letters follow."""
    case = await office.verified()
    await case.approve()
    await asyncio.sleep(0.1)
    await office.stack.kill("postgres")
    await asyncio.sleep(0.5)
    await office.stack.start("postgres")
    await ended_well(case, office)


async def test_all_of_it_may_die_at_once(office: Office) -> None:
    """A machine that loses power: every part killed, started again, and the work ends."""
    case = await office.verified()
    await case.approve()
    await asyncio.sleep(0.2)
    for part in reversed(PARTS):
        await office.stack.kill(part)
    for part in PARTS:
        await office.stack.start(part)
    await ended_well(case, office)


async def test_temporal_may_be_lost_altogether(office: Office) -> None:
    """With an empty Temporal every open request and direction resumes from the ledger alone."""
    await office.stack.stop("sample_mailbox")
    try:
        filed = await office.file()
        await filed.letter(NoticeKind.ACKNOWLEDGEMENT)
        deciding = await office.verified()
        directing = await office.verified()
        await directing.approve()
        await directing.until("the directions", lambda s: s.providers)
        stream = f"{directing.request_id}.postbird"
        await directing.people.until_direction(
            stream, "the letter", lambda s: s.letters and not s.waiting_letters
        )
        await office.stack.lose_temporal()
        await office.stack.kill("worker")
        await office.stack.start("worker")
    finally:
        await office.stack.start("sample_mailbox")
    await office.sweep()
    await filed.verified()
    await filed.approve()
    await deciding.approve()
    for case in (filed, deciding, directing):
        await ended_well(case, office)
        assert len(await case.events(e.RequestResumed)) == 1
    assert len(await directing.events(e.DirectionIssued, stream)) == 1
