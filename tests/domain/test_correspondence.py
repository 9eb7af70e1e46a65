"""Letters on paper, letters that come back, and what people write: what follows from each."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain import actions, deadlines
from domain import events as e
from domain.decisions import correspondence, inbox, outcome
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import (
    Channel,
    Decision,
    NoticeKind,
)
from tests.happenings import stand as stand_at

REQUEST = "PR-4106-105S"
RECEIVED = datetime(2026, 11, 22, 18, tzinfo=UTC)
LATER = RECEIVED + timedelta(days=5)
STAFF = e.Actor(id="s.lee")
ANSWER = e.NoticeRequested(notice=NoticeKind.DENIAL, facts={}, tells_outcome=True)
DENIED = e.RequestDenied(actor=STAFF, reason="conflict_with_law")
N = 3
"""The number of the answer, behind receipt and decision."""


def stand(policy: Policy, *events: e.Event) -> RequestState:
    """Return the state of a deletion to which these happened."""
    return stand_at(policy, RECEIVED, *events, channel=Channel.POST)


def posted(state: RequestState, policy: Policy, now: datetime, on: str) -> tuple[e.Event, ...]:
    """Enter a day of posting, as staff do."""
    wanted = {"decided_by": "s.lee", "letter": N, "posted_on": on}
    return actions.decide("letter_posted", [wanted], state, policy, now)


def bounced(state: RequestState, policy: Policy, *, paper: bool) -> tuple[e.Event, ...]:
    """Let the answer come back."""
    facts = {"letter": N, "status": "5.1.1", "paper": paper}
    return inbox.receive(state, policy, LATER, row=7, kind=inbox.LETTER_BOUNCED, facts=facts)


def test_an_answer_on_paper_stops_the_clock_on_its_day_of_posting(policy: Policy) -> None:
    """Printed is not sent: the day that staff enter is when it was (NOT-07, CLK-02)."""
    (queued, alert) = correspondence.letter_queued(
        stand(policy, DENIED, ANSWER), policy, N, RECEIVED
    )
    waiting = stand(policy, DENIED, ANSWER, queued, alert)
    assert (waiting.answered, waiting.letters_to_post) == (False, (N,))
    assert deadlines.next_due(waiting, policy) is not None
    events = posted(waiting, policy, LATER, "2026-11-24")
    sent = stand(policy, DENIED, ANSWER, queued, alert, *events)
    assert sent.letters_to_post == ()
    assert sent.outcome is Decision.DENY
    assert sent.answered_at is not None
    assert sent.answered_at.astimezone(policy.zone).date() == date(2026, 11, 24)


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-28"])
def test_a_letter_is_posted_after_it_was_written_and_not_tomorrow(policy: Policy, day: str) -> None:
    """The sentence says which days there are."""
    state = stand(policy, DENIED, ANSWER, e.LetterQueued(letter=N))
    with pytest.raises(Refused, match="from 2026-11-22 to 2026-11-27"):
        posted(state, policy, LATER, day)


def test_a_letter_that_does_not_wait_cannot_be_posted(policy: Policy) -> None:
    """The sentence names those that do."""
    with pytest.raises(Refused, match="nothing to record"):
        posted(stand(policy, DENIED, ANSWER), policy, LATER, "2026-11-22")


def test_what_follows_from_a_letter_is_said_once(policy: Policy) -> None:
    """By whoever resumes a request that was lost between a letter and what follows from it."""
    left = e.NoticeSent(letter=N, accepted_at=RECEIVED)
    unsaid = outcome.unsaid_of_letters(stand(policy, DENIED, ANSWER, left))
    assert [event.type for event in unsaid] == ["RequestAnswered"]
    assert outcome.unsaid_of_letters(stand(policy, DENIED, ANSWER, left, *unsaid)) == ()


def test_an_extension_whose_letter_left_holds_once(policy: Policy) -> None:
    """The same of an extension (CLK-05)."""
    extended = e.ExtensionApproved(
        actor=STAFF, reason="complex_systems", extra_days=45, new_due=date(2027, 2, 20),
        notice_deadline=LATER, letter=N,
    )  # fmt: skip
    letter = e.NoticeRequested(notice=NoticeKind.EXTENSION, facts={})
    left = e.NoticeSent(letter=N, accepted_at=RECEIVED)
    unsaid = outcome.unsaid_of_letters(stand(policy, extended, letter, left))
    assert [event.type for event in unsaid] == ["DeadlineExtended"]
    assert outcome.unsaid_of_letters(stand(policy, extended, letter, left, *unsaid)) == ()


@pytest.mark.parametrize(("letter", "moved"), [(7, 7), (8, 10)])
def test_an_event_that_moves_takes_along_what_it_names(letter: int, moved: int) -> None:
    """Only numbers behind the place where others came in are other numbers then."""
    event = e.NoticeRefused(letter=letter, reply_code="550")
    assert e.renumbered(event, beyond=7, by=2) == e.NoticeRefused(letter=moved, reply_code="550")


def test_an_answer_that_came_back_was_not_given(policy: Policy) -> None:
    """It goes out on paper, and the clock runs until that is posted (NOT-07)."""
    sent = outcome.letter_sent(stand(policy, DENIED, ANSWER), N, RECEIVED)
    answered = stand(policy, DENIED, ANSWER, *sent)
    events = bounced(answered, policy, paper=True)
    back = stand(policy, DENIED, ANSWER, *sent, *events)
    assert answered.answered
    assert [event.type for event in events] == [
        "LetterBounced", "LetterSwitched", "NoticeRequested",
    ]  # fmt: skip
    assert not back.answered
    assert not outcome.is_told(back)
    assert back.letters[N].status == "bounced"
    assert back.waiting_letters[0] == back.outcome_letter == 3 + len(sent) + 2
    assert bounced(back, policy, paper=True) == ()


def test_an_answer_may_be_back_before_the_word_that_it_is_out(policy: Policy) -> None:
    """Mail systems are quick: in whichever order both are heard, the answer was not given."""
    early = bounced(stand(policy, DENIED, ANSWER), policy, paper=True)
    assert [event.type for event in early] == ["LetterBounced", "LetterSwitched", "NoticeRequested"]
    back = stand(policy, DENIED, ANSWER, *early)
    heard = stand(policy, DENIED, ANSWER, *early, *outcome.letter_sent(back, N, RECEIVED))
    assert heard.letters[N].status == "bounced"
    assert heard.letters[N].accepted_at == RECEIVED
    assert not heard.answered
    assert heard.waiting_letters[0] == heard.outcome_letter == 3 + 2


def test_a_bounce_without_another_address_is_a_task(policy: Policy) -> None:
    """Nothing goes out by itself; staff are told the same day."""
    sent = outcome.letter_sent(stand(policy, DENIED, ANSWER), N, RECEIVED)
    answered = stand(policy, DENIED, ANSWER, *sent)
    events = bounced(answered, policy, paper=False)
    assert [event.type for event in events] == ["LetterBounced", "NoticeRequested"]


@pytest.mark.parametrize(
    ("reading", "files", "waits"),
    [("clear", 0, False), ("clear", 1, True), ("reply", 0, True), ("unclear", 0, True)],
)
def test_what_rules_do_not_settle_waits_for_a_person(
    policy: Policy, reading: str, files: int, waits: bool
) -> None:
    """Staff are told, it is shown as theirs to do, and it is until they say so (REQ-14)."""
    facts = {"reading": reading, "files": files, "files_refused": 0}
    events = inbox.receive(
        stand(policy), policy, LATER, row=4, kind=inbox.MAIL_RECEIVED, facts=facts
    )
    state = stand(policy, *events)
    assert (len(events) == 2, bool(state.unread)) == (waits, waits)
    assert state.needs_action == ("messages_read" if waits else "")
    if waits:
        read = actions.decide("messages_read", [{"decided_by": "s.lee"}], state, policy, LATER)
        assert stand(policy, *events, *read).unread == ()
    else:
        with pytest.raises(Refused, match="nothing to do"):
            actions.decide("messages_read", [{"decided_by": "s.lee"}], state, policy, LATER)
