"""Deletions asked through the state's platform, which only data brokers read (DRP)."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from domain.policy_terms.duties import BrokerTerms


def reads_platform(terms: BrokerTerms, day: date | None = None) -> bool:
    """Tell whether the platform is read at all, on ``day`` where one is given (DRP-01, DRP-02)."""
    return terms.is_data_broker and (day is None or day >= terms.pulls_from)


def is_compliant(terms: BrokerTerms, pulls: Sequence[date], today: date | None = None) -> bool:
    """Tell whether the platform was read often enough (DRP-02); a company that is none need not.

    ``today`` closes the last gap, where it is given.
    """
    if not reads_platform(terms, today):
        return True
    days = sorted(pulls)
    if not days:
        return False
    gaps = pairwise([*days, today] if today is not None and today > days[-1] else days)
    return all((later - earlier).days <= terms.pull_every_days for earlier, later in gaps)


def delete_by(terms: BrokerTerms, received_on: date) -> date:
    """Return by when a deletion read from the platform is carried out (DRP-02).

    A request that the person sends us besides has its own clock (DRP-03).
    """
    return received_on + timedelta(days=terms.delete_within_days)
