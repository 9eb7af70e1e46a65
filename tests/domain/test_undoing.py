"""Until when a deletion can be undone, and by whom (DEL-17)."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from domain import actions, deadlines
from domain import events as e
from domain.decisions import outcome, undoing
from domain.decisions.undoing import keeps_journal
from domain.paths import Fulfilment
from domain.policy import Policy
from domain.refusals import Refused
from domain.situation import describe
from domain.state import RequestState, next_fulfilment
from domain.vocabulary import (
    NoticeKind,
)
from tests.happenings import happened as happened_at
from tests.happenings import stand

RECEIVED = datetime(2026, 11, 22, 18, tzinfo=UTC)
happened = partial(happened_at, RECEIVED)
ERASED = datetime(2026, 12, 1, 18, tzinfo=UTC)
PLANNED = {"shop.orders": 2}


@pytest.fixture
def journaling(policy: Policy) -> Policy:
    """Give a policy by which a deletion can be undone for seven days."""
    return with_journal(policy, 7)


def with_journal(policy: Policy, days: int) -> Policy:
    """Return the policy with a restore journal of so many days."""
    deletion = policy.deletion.model_copy(update={"restore_journal_days": days})
    return policy.model_copy(update={"deletion": deletion})


def taken_out(policy: Policy, at: datetime = ERASED) -> RequestState:
    """Return a request whose rows were taken out at an instant."""
    state = happened(
        stand(policy, RECEIVED),
        e.IdentityVerified(points_counted=3, points_required=3, evidence=1),
        e.HoldingsSurveyed(rows=PLANNED, retained=()),
        e.RequestApproved(actor=e.Actor(id="s.lee"), reason="verified", confirmed_grounds=()),
        e.ErasurePlanned(plan_hash="0", rows=PLANNED, retained=()),
    )
    return happened(state, undoing.taken_out(state, policy, PLANNED, at))


def restore(state: RequestState, policy: Policy, who: str, now: datetime) -> RequestState:
    """Let somebody ask that the deletion be undone."""
    asked = {"decided_by": who, "reason": "wrong_person"}
    return happened(state, *actions.decide("restore", [asked], state, policy, now))


def test_without_a_term_nothing_is_kept(policy: Policy) -> None:
    """The published policy keeps no copy of what it erases: the journal is off (DEL-17)."""
    assert policy.deletion.restore_journal_days == 0
    assert not keeps_journal(stand(policy, RECEIVED), policy)


def test_nothing_is_deleted_and_nobody_told_before_its_day(journaling: Policy) -> None:
    """For seven days the erasure is not done, so no answer is due; then the clock ends it."""
    state = taken_out(journaling)
    assert next_fulfilment(state) is Fulfilment.ERASE
    due = deadlines.next_due(state, journaling)
    while due is not None and state.undoing is not None and not state.undoing.ended:
        state = happened(state, *due.fire(state, journaling, due.at))
        ended, due = due, deadlines.next_due(state, journaling)
    assert ended.at == datetime(2026, 12, 8, 17, tzinfo=UTC)
    destroyed = happened(state, e.RestoreJournalDestroyed())
    assert not keeps_journal(destroyed, journaling)
    erased = e.DataErased(planned=PLANNED, absent=PLANNED, retained=())
    assert outcome.outcome_letter(happened(destroyed, erased))[0] is NoticeKind.DELETION_COMPLETE


def test_its_day_is_never_the_day_of_the_answer(policy: Policy) -> None:
    """However long the journal, it is destroyed on a business day before the answer is due."""
    state = taken_out(with_journal(policy, 90))
    assert state.undoing is not None
    assert state.respond_by is not None
    assert state.undoing.until.date() < state.respond_by
    late = taken_out(with_journal(policy, 90), datetime(2027, 2, 1, tzinfo=UTC))
    assert late.undoing is not None
    assert late.undoing.until == datetime(2027, 2, 1, tzinfo=UTC)


def test_undoing_takes_two_people(journaling: Policy) -> None:
    """As the policy's row asks: the same cannot ask twice; a second has it done (DEL-17)."""
    now = ERASED + timedelta(days=2)
    state = restore(taken_out(journaling), journaling, "s.lee", now)
    assert "s.lee wants `restore`, which takes 2 different" in describe(state, journaling, now)
    with pytest.raises(Refused, match="second, different person"):
        restore(state, journaling, "S.Lee", now)
    state = restore(state, journaling, "j.kim", now)
    assert "different people" not in describe(state, journaling, now)
    back = undoing.put_back(state, journaling, restored=PLANNED, missing={}, now=now)
    undone = happened(state, *back)
    assert undone.awaits_decision
    assert (undone.plan, undone.undoing, undone.erased) == (None, None, None)


@pytest.mark.parametrize("action", ["restore", "deny"])
def test_after_its_day_nothing_can_be_undone(journaling: Policy, action: str) -> None:
    """From its last instant on the deletion stands, whoever asks, and whatever they send."""
    state = taken_out(journaling)
    assert state.undoing is not None
    wrong = {"restore": "wrong_person", "deny": "conflict_with_law"}
    message = {"decided_by": "j.kim", "reason": wrong[action]}
    with pytest.raises(Refused):
        actions.decide(action, [message], state, journaling, state.undoing.until)
