"""Letters on paper and what people write by mail: what follows from each (REQ-07, NOT-07)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from domain import clocks, messages
from domain import events as e
from domain.decisions import letters, outcome
from domain.decisions.guarded import guarded
from domain.notice_words import Situation
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState


def mail_received(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """Note a mail; a person is told to read what the simple rules do not settle (REQ-14)."""
    received = e.MessageReceived(inbox=row, **facts)
    if received.reading == "clear" and not received.files:
        return (received,)
    return (received, letters.staff_alert(state, policy, Situation.MESSAGE_WAITS, now))


def letter_bounced(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """Send a letter that came back again on paper, where an address is known (NOT-07, CLK-05)."""
    n = facts["letter"]
    letter = state.letters.get(n)
    if state.closed or letter is None or letter.status != "accepted":
        return ()
    bounced = e.LetterBounced(inbox=row, letter=n, status=facts["status"])
    again = (e.LetterSwitched(letter=n),) if facts["paper"] else ()
    at_risk = state.extension is not None and state.extension.letter == n
    situation = Situation.EXTENSION_AT_RISK if at_risk else Situation.LETTER_BOUNCED
    return (bounced, *again, letters.staff_alert(state, policy, situation, now))


def letter_queued(
    state: RequestState, policy: Policy, letter: int, now: datetime
) -> tuple[e.Event, ...]:
    """Note that a letter is printed and not posted yet, and have staff post it."""
    alert = letters.staff_alert(state, policy, Situation.LETTER_ON_PAPER, now)
    return (e.LetterQueued(letter=letter), alert)


def _must_have_a_letter_to_post(state: RequestState, *_: object) -> None:
    if not state.letters_to_post:
        raise Refused("No letter waits to be posted here; there is nothing to record.")


@guarded(_must_have_a_letter_to_post)
def letter_posted(
    state: RequestState, message: messages.LetterPosted, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Take the day on which staff posted a letter: that is when it was sent (NOT-07)."""
    letter = state.letters.get(message.letter)
    if letter is None or letter.status != "queued":
        waiting = ", ".join(str(n) for n in state.letters_to_post)
        raise Refused(f"That letter does not wait to be posted. Those that do: {waiting}.")
    today = clocks.local_date(now, policy)
    written = clocks.local_date(letter.requested_at, policy)
    if not written <= message.posted_on <= today:
        raise Refused(f"Enter the day of posting, from {written} to {today}.")
    actor = message.actor
    posted = e.LetterPosted(letter=message.letter, posted_on=message.posted_on, actor=actor)
    at = _posted_at(message.posted_on, policy, now)
    return (posted, *outcome.letter_sent(state, message.letter, at))


def _must_have_unread(state: RequestState, *_: object) -> None:
    if not state.unread:
        raise Refused("No message waits to be read; there is nothing to do.")


@guarded(_must_have_unread)
def messages_read(
    state: RequestState, message: messages.MessagesRead, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Note that staff have read what the consumer wrote, and dealt with it."""
    return (e.MessagesRead(actor=message.actor),)


def _posted_at(day: date, policy: Policy, now: datetime) -> datetime:
    """Return the instant that a posting counts from: the end of its day, at the latest now."""
    return min(now, clocks.deadline_instant(day, policy))
