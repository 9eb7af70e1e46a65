"""A letter on paper that staff have posted: on which day, and from when it counts (NOT-07)."""

from datetime import date, datetime

from domain import clocks, letterbook, messages
from domain import events as e
from domain.letterbook import Letters
from domain.policy import Policy
from domain.refusals import Refused


def must_have_a_letter_to_post(letters: Letters) -> None:
    """Refuse where no letter waits at the post desk."""
    if not letterbook.to_post(letters):
        raise Refused("No letter waits to be posted here; there is nothing to record.")


def posted(
    letters: Letters, message: messages.LetterPosted, policy: Policy, now: datetime
) -> tuple[e.LetterPosted, datetime]:
    """Return that a letter was posted, and the instant from which it counts as sent.

    Raises:
        Refused: that letter does not wait to be posted, or cannot have been on that day.
    """
    letter = letters.get(message.letter)
    if letter is None or letter.status != "queued":
        waiting = ", ".join(str(n) for n in letterbook.to_post(letters))
        raise Refused(f"That letter does not wait to be posted. Those that do: {waiting}.")
    today = clocks.local_date(now, policy)
    written = clocks.local_date(letter.requested_at, policy)
    if not written <= message.posted_on <= today:
        raise Refused(f"Enter the day of posting, from {written} to {today}.")
    day = e.LetterPosted(letter=message.letter, posted_on=message.posted_on, actor=message.actor)
    return day, _counts_from(message.posted_on, policy, now)


def _counts_from(day: date, policy: Policy, now: datetime) -> datetime:
    """Return the instant that a posting counts from: the end of its day, at the latest now."""
    return min(now, clocks.deadline_instant(day, policy))
