"""The one extension that the law allows, and every way in which it does not hold (CLK-05)."""

from datetime import timedelta

import pytest

from domain import events as e
from domain.notice_words import Situation
from domain.state import RequestState
from domain.vocabulary import NoticeKind
from tests.e2e.case import pacific
from tests.e2e.office import Office
from workers.stack.mail_sink import EmbeddedMailSink

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

REASON = "complex_systems"


def extended(state: RequestState) -> bool:
    """Tell whether the new day holds."""
    return state.extension is not None and state.extension.status == "effective"


async def test_an_extension_holds_once_its_letter_is_accepted(office: Office) -> None:
    """Day 39: N-03 with reason and new date; day 45 passes; day 90 is the last (CLK-05)."""
    case = await office.verified()
    await case.to_day(39)
    await case.act("extend_deadline", reason=REASON)
    text = " ".join((await case.letter(NoticeKind.EXTENSION))["text"].split())
    state = await case.until("the new day", extended)
    assert state.dates is not None
    assert state.respond_by == state.dates.latest_respond_by
    assert state.respond_by == state.dates.receipt_date + timedelta(days=90)
    assert "several systems that have to be searched" in text
    assert "45 days later" in text
    order = [name for name in await case.names() if name in ("ExtensionApproved", "NoticeSent")]
    assert order.index("ExtensionApproved") < (await case.names()).index("DeadlineExtended")

    await case.to_day(89)
    state = await case.until("the late warnings", lambda s: "extended:88" in s.warned)
    assert not state.breached
    assert {"extended:75", "extended:83", "extended:88"} <= state.warned
    assert "response:43" not in state.warned
    await case.approve()
    assert not (await case.closed()).breached


async def test_an_extension_by_fewer_days_counts_from_day_45(office: Office) -> None:
    """Ten more days are day 55, whenever the notice went out (CLK-05)."""
    case = await office.verified()
    await case.to_day(20)
    await case.act("extend_deadline", reason=REASON, days=10)
    state = await case.until("the new day", extended)
    assert state.dates is not None
    assert state.respond_by == state.dates.receipt_date + timedelta(days=55)
    await case.to_day(56, hour=1)
    state = await case.until("the breach", lambda s: s.breached)
    assert state.breached == (state.respond_by,)


async def test_silence_of_the_consumer_is_no_ground(office: Office) -> None:
    """Before the consumer has replied there is nothing to extend for (CLK-10)."""
    case = await office.file()
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    assert "has not replied" in await case.refused("extend_deadline", reason=REASON)
    assert (await case.state()).extension is None


async def test_a_second_extension_is_refused(office: Office) -> None:
    """Once extended, the answer to a second wish is a sentence; the day stands (CLK-05)."""
    case = await office.verified()
    await case.act("extend_deadline", reason=REASON, days=10)
    await case.until("the new day", extended)
    assert "no second time" in await case.refused("extend_deadline", reason=REASON, days=5)
    assert len(await case.events(e.ExtensionApproved)) == 1


@pytest.mark.parametrize("days", [0, -1, 46, 10**30])
async def test_days_out_of_range_are_refused(office: Office, days: int) -> None:
    """From 1 to 45 more days, never past day 90 (CLK-05)."""
    case = await office.verified()
    sentence = await case.refused("extend_deadline", reason=REASON, days=days)
    assert "from 1 to 45 days" in sentence
    assert (await case.state()).extension is None


async def test_a_reason_that_is_no_code_is_refused_with_the_list(office: Office) -> None:
    """Staff read which reasons the policy has (CLK-05)."""
    case = await office.verified()
    sentence = await case.refused("extend_deadline", reason="we_are_busy")
    assert REASON in sentence
    assert "large_volume" in sentence
    assert "we_are_busy" not in sentence


async def test_after_day_45_it_is_too_late(office: Office) -> None:
    """The day after, no extension can be had; the breach stands (CLK-05)."""
    case = await office.verified()
    await case.to_day(46, hour=1)
    await case.until("the breach", lambda s: s.breached)
    assert "has passed" in await case.refused("extend_deadline", reason=REASON)


async def test_an_extension_lapses_when_its_letter_is_not_accepted_in_time(
    office: Office, mail: EmbeddedMailSink
) -> None:
    """The mail server defers N-03 past day 45: day 45 stands, and no late N-03 is sent (CLK-05)."""
    case = await office.verified()
    await case.to_day(44)
    mail.fail(reply="451 4.3.0 Not now", to=case.customer.email, count=10_000)
    await case.act("extend_deadline", reason=REASON)
    await case.until("the approval", lambda s: s.extension)
    await case.to_day(46, hour=1)
    state = await case.until("the breach", lambda s: s.breached)
    assert state.dates is not None
    assert state.extension is not None
    assert state.extension.status == "lapsed"
    assert state.respond_by == state.dates.respond_by
    assert state.breached == (state.dates.respond_by,)
    told = await case.staff_told()
    assert told[-2:] == [Situation.EXTENSION_LAPSED, Situation.DEADLINE_BREACHED]

    await office.switch_mail_faults_off()
    await case.to_day(47)
    await case.letter(NoticeKind.LATE_ANSWER)
    letter = (await case.state()).letter_of(NoticeKind.EXTENSION)
    assert letter is not None
    assert letter.accepted_at is None
    assert await case.events(e.DeadlineExtended) == []


async def test_a_letter_accepted_on_the_evening_of_day_45_is_in_time(
    office: Office, mail: EmbeddedMailSink
) -> None:
    """Deferred first, accepted before midnight Pacific: the extension holds (CLK-05)."""
    case = await office.verified()
    await case.to_day(45, hour=18)
    mail.fail(reply="451 4.3.0 Not now", to=case.customer.email, count=3)
    await case.act("extend_deadline", reason=REASON)
    await case.to_day(46, hour=1)
    state = await case.until("the new day", extended)
    letter = state.letter_of(NoticeKind.EXTENSION)
    assert state.dates is not None
    assert letter is not None
    assert letter.accepted_at is not None
    assert letter.accepted_at < pacific(state.dates.respond_by + timedelta(days=1), hour=0)
    assert not state.breached
