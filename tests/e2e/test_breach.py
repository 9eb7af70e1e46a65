"""Verified and never decided: warnings, the missed days, and the late answer (CLK-16)."""

import pytest

from domain import events as e
from domain.notice_words import Situation
from domain.vocabulary import Decision, NoticeKind, Urgency
from tests.e2e.case import Case, pacific
from tests.e2e.office import Office

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def warned(case: Case) -> list[tuple[str, int]]:
    """Return the warnings recorded so far."""
    return [(each.kind, each.day) for each in await case.events(e.DeadlineWarned)]


async def late_letters(case: Case) -> int:
    """Count the accepted letters that apologise."""
    letters = (await case.state()).letters.values()
    late = [letter for letter in letters if letter.notice is NoticeKind.LATE_ANSWER]
    return sum(letter.status == "accepted" for letter in late)


async def test_staff_are_warned_as_the_day_comes_near(office: Office) -> None:
    """Mails on days 30, 38 and 43; from 38 on with an extension to send (CLK-16)."""
    case = await office.verified()
    await case.to_day(44)
    await case.until("the warnings", lambda s: len(s.warned) == 3)
    assert await warned(case) == [("response", 30), ("response", 38), ("response", 43)]
    assert await case.staff_told() == [
        Situation.DECISION_WAITS,
        Situation.DEADLINE_NEAR,
        Situation.EXTENSION_OFFERED,
        Situation.EXTENSION_OFFERED,
    ]
    assert not (await case.state()).breached
    assert await case.urgency() == Urgency.DUE_SOON


async def test_a_missed_day_is_recorded_told_and_answered_late(office: Office) -> None:
    """Day 45 and day 90 missed: each an event, an alert, an N-18; then the work ends (CLK-16)."""
    case = await office.verified()
    await case.to_day(45, hour=23, minute=58)
    assert not (await case.state()).breached
    await case.to_day(46, hour=1)
    state = await case.until("the breach", lambda s: s.breached)
    assert state.dates is not None
    assert state.breached == (state.dates.respond_by,)
    assert await case.urgency() == Urgency.OVERDUE
    apology = await case.letter(NoticeKind.LATE_ANSWER)
    assert case.request_id in apology["text"]

    await case.to_day(91, hour=1)
    state = await case.until("the second breach", lambda s: len(s.breached) == 2)
    assert state.dates is not None
    assert state.breached == (state.dates.respond_by, state.dates.latest_respond_by)
    told = await case.staff_told()
    assert told.count(Situation.DEADLINE_BREACHED) == 2
    assert await late_letters(case) == 2
    assert {("overdue", days) for days in (7, 14, 21, 28, 35, 42)} <= set(await warned(case))

    await case.approve()
    closed = await case.closed()
    assert closed.outcome is Decision.GRANT_PARTIAL
    assert closed.answered_at is not None
    assert closed.answered_at > pacific(state.breached[1], 23, 59)
    assert set((await office.shop.rows(case.customer)).values()) == {0}


async def test_an_overdue_answer_does_not_wait_for_providers(office: Office) -> None:
    """Past the planned sending day the letter goes out; S-01 tells what comes later (SVC-02)."""
    case = await office.verified()
    await case.to_day(46, hour=1)
    await case.until("the breach", lambda s: s.breached)
    await case.approve()
    state = await case.closed()
    names = await case.names()
    assert names.index("ProviderWaitEnded") < names.index("RequestAnswered")
    assert state.outcome_letter is not None
    told_later = "ProviderReported" in names[state.outcome_letter :]
    assert (state.letter_of(NoticeKind.SUPPLEMENT) is not None) == told_later
