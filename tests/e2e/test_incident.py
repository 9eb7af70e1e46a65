"""A misdelivery: everything that could leave stops, the clock runs on, and staff let it go on."""

import pytest

from domain import events as e
from domain.decisions.incident import FROZEN
from domain.notice_words import Situation
from domain.vocabulary import Decision, NoticeKind
from tests.e2e.office import Office
from workers.stack.mail_sink import EmbeddedMailSink

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_frozen_request_sends_and_decides_nothing_until_its_release(
    office: Office,
) -> None:
    """Frozen by command; day 45 passes with its letter held; released, it is sent and goes on."""
    case = await office.verified()
    code, said = await office.privacy("incident", case.request_id, "--yes", "--by", "s.kim")
    assert code == 0, said
    assert "is frozen" in said
    assert "was handed over" in said
    frozen = await case.until("it is frozen", lambda s: s.frozen and not s.waiting_letters)
    assert frozen.needs_action == "unfreeze"
    assert Situation.MISDELIVERY in await case.staff_told()
    assert await case.refused("approve", confirm_grounds=["EX8"]) == FROZEN
    alive = "SELECT FROM privacy.token WHERE request_id = $1 AND revoked_at IS NULL"
    assert await case.query(alive, case.request_id) == []

    await case.to_day(46, hour=1)
    late = await case.until("the day is missed", lambda s: s.breached and not s.waiting_letters)
    assert [late.letters[n].notice for n in late.held_letters] == [NoticeKind.LATE_ANSWER]
    outbox = "SELECT n FROM privacy.outbox WHERE request_id = $1 AND status = 'waiting'"
    held = [row["n"] for row in await case.query(outbox, case.request_id)]
    assert held == list(late.held_letters)

    await case.act("unfreeze", reason="contained", letters="send")
    assert await case.letter(NoticeKind.LATE_ANSWER)
    holds = "SELECT released_at FROM privacy.legal_hold WHERE request_id = $1"
    (hold,) = await case.query(holds, case.request_id)
    assert hold["released_at"] is not None
    await case.approve()
    closed = await case.closed()
    assert closed.outcome is Decision.GRANT_PARTIAL
    assert await case.ledger_state() == closed
    await office.replay(case.request_id)


async def test_an_answer_that_was_held_is_dropped_and_written_anew(
    office: Office, mail: EmbeddedMailSink
) -> None:
    """Frozen by staff while the mail server defers the answer; dropped, it never leaves."""
    case = await office.verified()
    mail.fail(reply="451 4.3.0 Not now", to=case.customer.email, count=10_000)
    await case.approve()
    first = await case.until("the answer is written", lambda s: s.outcome_letter)
    await case.act("freeze")
    await case.until("it is frozen", lambda s: s.frozen)
    await case.act("unfreeze", reason="cause_mended", letters="drop")
    anew = await case.until(
        "another answer is written",
        lambda s: s.outcome_letter not in (None, first.outcome_letter),
    )
    await office.switch_mail_faults_off()
    await case.to_day(2)
    dropped, written = first.outcome_letter, anew.outcome_letter
    closed = await case.closed()
    assert dropped is not None
    assert written is not None
    assert closed.letters[dropped].status == "withdrawn"
    assert closed.letters[written].status == "accepted"
    assert [event.letter for event in await case.events(e.NoticeSent)].count(dropped) == 0
    await office.replay(case.request_id)
