"""When a person who said no may be asked again (CLK-11, MIN-09)."""

from datetime import date

from domain.months import at_least_months_after
from domain.policy import Policy

_MONTHS_IN_A_YEAR = 12


def may_ask_again_from(policy: Policy, said_no_on: date, birth_date: date | None = None) -> date:
    """Return the first day on which opting in may be proposed again after an opt-out or limit.

    For a person under sixteen who refused to opt in, ``birth_date`` is given, and the sixteenth
    birthday ends the wait where it comes earlier (MIN-09).
    """
    waited = at_least_months_after(said_no_on, policy.opt_out.ask_again_months)
    if birth_date is None:
        return waited
    birthday = birthday_at(birth_date, policy.minors.teen_under)
    return min(waited, birthday) if birthday > said_no_on else waited


def birthday_at(birth_date: date, age: int) -> date:
    """Return the day on which a person reaches ``age``; born February 29, it is March 1 (MIN)."""
    return at_least_months_after(birth_date, age * _MONTHS_IN_A_YEAR)
