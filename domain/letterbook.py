"""The letters of a stream: what was asked for and what became of it. Shared by every fold."""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime

from domain import events as e
from domain.vocabulary import NoticeKind


class Letter(e.Fact):
    """A letter that the workflow asked for, and what became of it."""

    notice: NoticeKind
    audience: str
    status: Literal["waiting", "queued", "accepted", "bounced", "refused", "withdrawn"] = "waiting"
    requested_at: AwareDatetime
    accepted_at: AwareDatetime | None = None


Letters = dict[int, Letter]
"""Letters by their number, which is the number of the event that asked for each."""


def requested(letters: Letters, event: e.NoticeRequested, recorded: e.Recorded) -> Letters:
    """Return the book with one more letter."""
    letter = Letter(notice=event.notice, audience=event.audience, requested_at=recorded.at)
    return {**letters, recorded.n: letter}


def sent(letters: Letters, event: e.NoticeSent) -> Letters:
    """Return the book after the mail server accepted a letter; it may have come back since."""
    letter = letters.get(event.letter)
    stands = "bounced" if letter and letter.status == "bounced" else "accepted"
    return _marked(letters, event.letter, {"status": stands, "accepted_at": event.accepted_at})


def refused(letters: Letters, event: e.NoticeRefused) -> Letters:
    """Return the book after the mail server refused a letter for good."""
    return _marked(letters, event.letter, {"status": "refused"})


def retried(letters: Letters, event: e.LetterRetried) -> Letters:
    """Return the book after staff had a refused letter sent again."""
    return _marked(letters, event.letter, {"status": "waiting"})


def withdrawn(letters: Letters, n: int) -> Letters:
    """Return the book after a letter became untrue before any mail server took it."""
    return _marked(letters, n, {"status": "withdrawn"})


def kept_back(letters: Letters) -> Letters:
    """Return the book after whom the waiting letters are for has another address."""
    to_consumer = (n for n in waiting(letters) if letters[n].audience == "consumer")
    return letters | {n: letters[n].model_copy(update={"status": "withdrawn"}) for n in to_consumer}


def to_others(letters: Letters) -> tuple[int, ...]:
    """Return the numbers of the letters to others than staff that have not left the house."""
    here = (*waiting(letters), *to_post(letters))
    return tuple(n for n in here if letters[n].audience != "staff")


def dropped(letters: Letters) -> Letters:
    """Return the book after what has not left the house for others than staff never will."""
    here = to_others(letters)
    return letters | {n: letters[n].model_copy(update={"status": "withdrawn"}) for n in here}


def queued(letters: Letters, n: int) -> Letters:
    """Return the book after a letter was written on paper; it waits to be posted."""
    return _marked(letters, n, {"status": "queued"})


def bounced(letters: Letters, n: int) -> Letters:
    """Return the book after an accepted letter came back."""
    return _marked(letters, n, {"status": "bounced"})


def again(letters: Letters, n: int, recorded: e.Recorded) -> Letters:
    """Return the book with a letter once more, as a new one: on paper, or resent."""
    anew = {"status": "waiting", "requested_at": recorded.at, "accepted_at": None}
    return {**letters, recorded.n: letters[n].model_copy(update=anew)}


def to_post(letters: Letters) -> tuple[int, ...]:
    """Return the numbers of the letters that staff still have to post."""
    return tuple(n for n, letter in letters.items() if letter.status == "queued")


def waiting(letters: Letters) -> tuple[int, ...]:
    """Return the numbers of the letters that still have to go out."""
    return tuple(n for n, letter in letters.items() if letter.status == "waiting")


def _marked(letters: Letters, n: int, changes: Mapping[str, object]) -> Letters:
    letter = letters.get(n)
    return {**letters, n: letter.model_copy(update=changes)} if letter else letters
