"""The fault suite's verdict: what it must not let pass."""

from collections import Counter
from typing import Any

import pytest

from domain.paths import PATHS
from domain.state import RequestState
from domain.vocabulary import Decision
from tests.chaos import letters
from tests.chaos.audit import predicted_rows, state_differs
from tests.chaos.stories import STORIES, Post, Story, Way

BEFORE = {"customers": 1, "orders": 3, "marketing_contacts": 1}


def story(name: str) -> Story:
    """Return a story by its name."""
    return next(each for each in STORIES if each.name == name)


def letter(**changes: Any) -> dict[str, Any]:
    """Return a row of the outbox."""
    row = {"request_id": "PR-1", "stream": "PR-1", "n": 2, "notice": "N-01", "audience": "consumer"}
    row |= {"channel": "email", "reader": None}
    return row | {"status": "accepted", "message_id": "<1>"} | changes


def test_every_kind_of_request_is_played() -> None:
    """Each of the engine's kinds has a story, and so has each way in and out."""
    assert {each.request_type for each in STORIES} == set(PATHS)
    assert {each.way for each in STORIES} == set(Way)
    assert {each.post for each in STORIES} == set(Post)


def test_what_is_erased_follows_from_the_story() -> None:
    """A deletion takes all rows, the end of marketing its own, a refusal none."""
    assert set(predicted_rows(story("deletion approved"), BEFORE).values()) == {0}
    assert predicted_rows(story("deletion denied"), BEFORE) == BEFORE
    off = predicted_rows(story("marketing stopped"), BEFORE)
    assert off == BEFORE | {"marketing_contacts": 0}


def test_a_request_that_stands_elsewhere_is_named() -> None:
    """Neither closed nor decided as predicted: both are said."""
    state = RequestState(request_id="PR-1", outcome=Decision.DENY)
    said = list(state_differs(story("deletion approved"), state))
    assert [each.partition(": ")[2] for each in said] == [
        "it stands at received",
        "its outcome is DENY, not GRANT_PARTIAL",
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (letter(), []),
        (letter(message_id="<2>"), ["was accepted and never arrived"]),
        (letter(status="deferred"), ["is deferred"]),
        (letter(status="refused"), ["is refused"]),
        (letter(status="refused", audience="staff"), []),
        (letter(status="withdrawn"), ["is withdrawn"]),
        (letter(status="withdrawn", audience="provider"), []),
        (letter(message_id="<2>", channel="post"), []),
        (letter(status="queued", channel="post"), ["is queued"]),
    ],
)
def test_a_letter_that_is_not_out_is_named(row: dict[str, Any], said: list[str]) -> None:
    """Only mail to staff and providers may end refused."""
    found = letters.unsent([row], Counter(["<1>"]))
    assert [what for _, what in found] == said


@pytest.mark.parametrize(("notice", "said"), [("N-01", []), ("N-04", ["is refused"])])
def test_a_refused_letter_may_stand_that_asks_proof_of_what_ended_without(
    notice: str, said: list[str]
) -> None:
    """Nobody sends it again; the letter that tells how the request ended is owed all the same."""
    found = letters.unsent([letter(status="refused", notice=notice)], Counter(), {"PR-1"})
    assert [what for _, what in found] == said


def test_a_letter_under_a_second_message_id_is_named() -> None:
    """The same letter of one stream twice is one too many; a refused one does not count.

    Nor does one on paper after its mail came back, or the agent's beside the consumer's.
    """
    again = letter(n=5, message_id="<2>")
    assert [row["n"] for row, _ in letters.twice([letter(), again])] == [5]
    refused = letter(status="refused", audience="provider")
    for other in (refused, letter(channel="post"), letter(reader="requester")):
        assert list(letters.twice([other, again])) == []
