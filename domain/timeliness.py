"""Whether a letter went out in time, and whether it counts as sent at all (CLK-01 to CLK-03)."""

from datetime import date, datetime

from domain.clocks import RequestDates
from domain.days import local_date
from domain.policy import Policy


def in_time(policy: Policy, due: date | None, sent_at: datetime | None) -> bool:
    """Tell whether something sent at ``sent_at`` met ``due``; where nothing is due, all is in time.

    ``sent_at`` is ``None`` for what was not sent, which bounced mail is not.
    """
    if due is None:
        return True
    return sent_at is not None and local_date(sent_at, policy) <= due


def confirmed_in_time(
    policy: Policy,
    dates: RequestDates,
    acknowledged_at: datetime | None,
    answered_at: datetime | None,
) -> bool:
    """Tell whether receipt was confirmed in time; an answer by then does as well (CLK-01)."""
    return in_time(policy, dates.ack_due, acknowledged_at) or in_time(
        policy, dates.ack_due, answered_at
    )
