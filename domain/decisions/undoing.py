"""Whether and until when a deletion can be undone, and who may have it undone (DEL-17)."""

from datetime import datetime, timedelta

from domain import clocks, messages
from domain import events as e
from domain.calendar import holidays, last_business_day_until
from domain.days import local_instant
from domain.decisions import letters
from domain.decisions.guarded import guarded
from domain.notice_words import Situation
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState


def keeps_journal(state: RequestState, policy: Policy) -> bool:
    """Tell whether pre-images are kept of what is erased; of what was undone or ended none are."""
    over = state.undoing is not None and state.undoing.ended
    return policy.deletion.restore_journal_days > 0 and not over and not state.synthetic


def taken_out(
    state: RequestState, policy: Policy, planned: dict[str, int], now: datetime
) -> e.RowsTakenOut:
    """Say until when rows can be put back: so many days, and never to the day of the answer."""
    assert state.respond_by is not None, "only what is promised is fulfilled"
    wanted = clocks.local_date(now, policy) + timedelta(days=policy.deletion.restore_journal_days)
    last = last_business_day_until(state.respond_by - timedelta(days=1), holidays(policy))
    until = local_instant(min(wanted, last), policy.warn_at, policy)
    return e.RowsTakenOut(planned=planned, until=max(until, now))


def put_back(
    state: RequestState,
    policy: Policy,
    *,
    restored: dict[str, int],
    missing: dict[str, int],
    now: datetime,
) -> tuple[e.Event, ...]:
    """Say that the rows stand again, and have staff decide anew."""
    undone = e.DeletionUndone(restored=restored, missing=missing)
    waits = letters.staff_alert(state, policy, Situation.DECISION_WAITS, now, due=state.respond_by)
    return (undone, waits)


def _must_be_undoable(state: RequestState, policy: Policy, now: datetime) -> None:
    undoing = state.undoing
    if undoing is None:
        raise Refused("Nothing was taken out that could be put back here.")
    if undoing.ended or now >= undoing.until:
        raise Refused("The last day to undo this deletion has passed; nothing is left to restore.")
    if undoing.approved:
        raise Refused("This deletion is being undone already; nothing more is needed.")


@guarded(_must_be_undoable)
def restore(
    state: RequestState, message: messages.Restore, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Have what was taken out put back, where as many want it as the policy asks for (DEL-17)."""
    return (e.RestoreApproved(actor=message.actor, reason=message.reason),)
