"""A frozen request: what is refused, what is held, and what its release does."""

import pytest

from domain import actions
from domain import events as e
from domain.decisions import inbox
from domain.decisions.incident import FROZEN, OF_THE_INCIDENT
from domain.notice_words import Situation
from domain.offers import offers
from domain.policy import Policy
from domain.refusals import Refused
from domain.situation import describe
from domain.state import RequestState
from domain.vocabulary import NoticeKind
from tests.domain.test_handling import LATER, happened, verified

KIM = e.Actor(id="s.kim")
ANSWER = e.NoticeRequested(notice=NoticeKind.PARTIAL_OUTCOME, facts={}, tells_outcome=True)


def frozen(policy: Policy) -> RequestState:
    """Return a request that was frozen while its answer waited to go out."""
    return happened(verified(policy), ANSWER, e.RequestFrozen(actor=KIM))


def test_freezing_opens_the_task_to_counsel(policy: Policy) -> None:
    """One action gives two events: the freeze, and the mail that goes out all the same."""
    events = actions.decide("freeze", [{"decided_by": "s.kim"}], verified(policy), policy, LATER)
    fact, task = events
    assert isinstance(fact, e.RequestFrozen)
    assert isinstance(task, e.NoticeRequested)
    assert task.facts["situation"] == Situation.MISDELIVERY
    after = happened(verified(policy), *events)
    assert after.waiting_letters == (after.n,)


@pytest.mark.parametrize("name", sorted(set(actions.ACTIONS) - OF_THE_INCIDENT))
def test_every_other_action_is_refused_with_what_to_do(policy: Policy, name: str) -> None:
    """A frozen request takes nothing but what belongs to the incident."""
    with pytest.raises(Refused) as refused:
        actions.decide(name, [actions.ACTIONS[name].example], frozen(policy), policy, LATER)
    assert refused.value.sentence == FROZEN


def test_what_a_stray_link_sends_changes_nothing(policy: Policy) -> None:
    """A withdrawal by a link that may be in wrong hands is ignored, and staff see why."""
    ignored, refused = inbox.receive(
        frozen(policy), policy, LATER, row=9, kind=inbox.WITHDRAWN, facts={}
    )
    assert ignored == e.MessageIgnored(inbox=9)
    assert isinstance(refused, e.ActionRefused)


def test_letters_are_held_and_then_sent_or_dropped(policy: Policy) -> None:
    """Sent, the answer waits for the mail server; dropped, an answer is to be written anew."""
    state = frozen(policy)
    assert (state.waiting_letters, state.needs_action) == ((), "unfreeze")
    assert state.held_letters == state.unsent_letters == (state.outcome_letter,)
    kept = happened(state, e.RequestUnfrozen(actor=KIM, reason="contained", letters="send"))
    assert kept.waiting_letters == state.held_letters
    dropped = happened(state, e.RequestUnfrozen(actor=KIM, reason="contained", letters="drop"))
    assert (dropped.unsent_letters, dropped.outcome_letter) == ((), None)


def test_the_screen_says_that_it_is_frozen_and_how_it_ends(policy: Policy) -> None:
    """Staff read who froze it, which letters wait, and the one button."""
    state = frozen(policy)
    assert offers(state, policy, LATER).likely == ("unfreeze",)
    shown = describe(state, policy, LATER)
    assert "Frozen by s.kim" in shown
    assert f"Letters that are held: {state.outcome_letter}." in shown
    assert "to be answered by" in shown
