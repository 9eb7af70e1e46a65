"""Letters on paper and what people write by mail: what follows from each (REQ-07, NOT-07)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain import events as e
from domain import messages
from domain.decisions import letters, outcome, posting
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
    """Send a letter that came back again on paper, where an address is known (NOT-07, CLK-05).

    It may be back before the word that it was accepted is here.
    """
    n = facts["letter"]
    letter = state.letters.get(n)
    if state.closed or letter is None or letter.status not in ("accepted", "waiting"):
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
    posting.must_have_a_letter_to_post(state.letters)


@guarded(_must_have_a_letter_to_post)
def letter_posted(
    state: RequestState, message: messages.LetterPosted, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Take the day on which staff posted a letter: that is when it was sent (NOT-07)."""
    posted, at = posting.posted(state.letters, message, policy, now)
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
