"""A step that fails half-way: mail goes once, rows go once, and the evidence is true."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from domain import events as e
from domain.notice_words import Situation
from domain.vocabulary import Decision, NoticeKind
from records.outbox import message_id
from tests.e2e.case import Case, eventually
from tests.e2e.office import Office
from workers.stack.mail_sink import EmbeddedMailSink

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@asynccontextmanager
async def on_delete(office: Office, table: str, body: str) -> AsyncIterator[None]:
    """Have the business's database do something else when rows of one table are deleted."""
    await office.shop.execute(
        f"CREATE FUNCTION on_delete_{table}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body} END $$;"
        f" CREATE TRIGGER half_way BEFORE DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION on_delete_{table}()"
    )
    try:
        yield
    finally:
        await office.shop.execute(f"DROP FUNCTION IF EXISTS on_delete_{table} CASCADE")


async def erased_truly(office: Office, case: Case) -> None:
    """See the request closed, its rows gone, and its evidence equal to what was planned."""
    state = await case.closed(60)
    assert state.outcome is Decision.GRANT_PARTIAL
    assert set((await office.shop.rows(case.customer)).values()) == {0}
    (plan,), (done,) = await case.events(e.ErasurePlanned), await case.events(e.DataErased)
    assert done.planned == plan.rows
    assert done.absent == plan.rows


async def test_a_letter_whose_acceptance_got_lost_keeps_its_message_id(
    office: Office, mail: EmbeddedMailSink
) -> None:
    """Taken by the server, its 250 lost: handed over again, byte for byte, and on record."""
    customer = await office.shop.customer()
    mail.fail(kind="lose_answer", to=customer.email)
    case = await office.file(customer)
    await eventually(lambda: office.people.mails(customer.email))
    await office.people.time.forward(case.request_id, timedelta(hours=1))
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    letters = mail.letters(customer.email)
    assert len(letters) == 2
    assert len({(one["message_id"], one["text"], one["html"]) for one in letters}) == 1
    (letter,) = await case.query(
        "SELECT * FROM privacy.outbox WHERE request_id = $1 AND audience = 'consumer'",
        case.request_id,
    )
    assert (letter["attempts"], letter["status"]) == (2, "accepted")
    assert len(await case.events(e.NoticeSent)) == 1


async def test_a_letter_refused_for_good_waits_for_staff(
    office: Office, mail: EmbeddedMailSink
) -> None:
    """550: staff are told, the clock runs on, retry_step sends it under the same Message-ID."""
    customer = await office.shop.customer()
    mail.fail(reply="550 5.1.1 No such user", to=customer.email)
    case = await office.file(customer)
    state = await case.until("the parking", lambda s: s.parked)
    assert state.parked is not None
    assert (state.parked.step, state.parked.reason) == ("send_letter", "mail_550")
    assert state.needs_action == "retry_step"
    assert Situation.LETTER_REFUSED in await case.staff_told()
    await case.act("retry_step")
    letter = await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    (asked,) = [r.n for r in await case.recorded() if _asks_for(r, NoticeKind.ACKNOWLEDGEMENT)]
    assert letter["message_id"] == message_id(case.request_id, asked, office.mail_domain)
    assert (await case.state()).parked is None
    await case.verified()


def _asks_for(recorded: e.Recorded, notice: NoticeKind) -> bool:
    event = recorded.event
    return isinstance(event, e.NoticeRequested) and event.notice is notice


async def test_an_erasure_that_is_interrupted_is_carried_out_once(office: Office) -> None:
    """The worker dies while rows are being deleted; the plan stands and is carried to its end."""
    case = await office.verified()
    async with on_delete(office, "web_visits", "PERFORM pg_sleep(1); RETURN OLD;"):
        await case.approve()
        await case.until("the plan", lambda s: s.plan, settled=False)
        await asyncio.sleep(0.3)
        await office.stack.kill("worker")
    await office.stack.start("worker")
    await erased_truly(office, case)


async def test_a_system_that_fails_at_first_is_tried_again(office: Office) -> None:
    """An error of the business's database in the midst rolls back and is repeated, unseen."""
    case = await office.verified()
    async with on_delete(office, "orders", "RAISE EXCEPTION 'not now' USING ERRCODE = '40001';"):
        await case.approve()
        await case.until("the plan", lambda s: s.plan, settled=False)
        await asyncio.sleep(1)
        assert (await office.shop.rows(case.customer))["orders"] > 0
        assert (await case.state()).erased is None
    await erased_truly(office, case)


async def test_a_row_that_is_still_found_stops_the_request_and_is_named(office: Office) -> None:
    """Kept in silence by its system: parked, the place named; retry_step goes on once mended."""
    case = await office.verified()
    async with on_delete(office, "web_visits", "RETURN NULL;"):
        await case.approve()
        state = await case.until("the parking", lambda s: s.parked)
        assert state.parked is not None
        assert "shop.web_visits" in state.parked.reason
        assert state.needs_action == "retry_step"
        assert Situation.STEP_PARKED in await case.staff_told()
        await case.act("retry_step")
        await case.until("parked again", lambda s: s.parked and s.n > state.n + 1)
        assert state.erased is None
        assert (await office.shop.rows(case.customer))["web_visits"] > 0
    await case.act("retry_step")
    await erased_truly(office, case)
    actors = [each.actor.id for each in await case.events(e.StepRetried)]
    assert actors == ["s.lee", "s.lee"]


async def test_a_parked_request_keeps_its_clock(office: Office) -> None:
    """Nobody mends it: warnings and the breach come as for any other request."""
    case = await office.verified()
    async with on_delete(office, "web_visits", "RETURN NULL;"):
        await case.approve()
        await case.until("the parking", lambda s: s.parked)
        await case.to_day(46, hour=1)
        state = await case.until("the breach", lambda s: s.breached)
        assert state.parked is not None
        await case.letter(NoticeKind.LATE_ANSWER)
    await case.act("retry_step")
    await erased_truly(office, case)
