"""Taking up again what was closed without being granted: our mistake, or proof that came late.

What was erased or disclosed cannot be decided anew; whoever wants more files another request.
"""

from datetime import datetime

from domain import clocks
from domain import events as e
from domain.decisions import letters, receipt
from domain.decisions.preconditions import GRANTED
from domain.notice_words import Situation
from domain.policy import Policy
from domain.refusals import Refused
from domain.start import Reopening
from domain.state import RequestState


def reopen(
    state: RequestState, wanted: Reopening, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Take a closed request up again; its clock runs anew from today.

    Raises:
        Refused: it is open, was granted, or was not the consumer's.
    """
    if not state.closed:
        raise Refused("This request is open. Decide it as it stands.")
    if state.outcome in GRANTED or state.disowned:
        raise Refused(
            "What was done cannot be decided anew. File another request for what is left."
        )
    dates = clocks.request_dates(policy, state.request_type, state.residency, now)
    promised = receipt.promised(dates).model_copy(update={"confirm_by": None})
    actor = e.Actor(id=wanted.decided_by, known=wanted.known)
    reopened = e.RequestReopened(actor=actor, reason=wanted.reason, dates=promised)
    situation = Situation.DECISION_WAITS
    alert = letters.staff_alert(state, policy, situation, now, due=promised.respond_by)
    return (reopened, alert)
