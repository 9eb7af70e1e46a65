"""How long a letter rests that the mail server defers."""

from datetime import timedelta

import pytest

from domain.policy_terms.duties import MailTerms
from workflows.mailroom import pause_after

TERMS = MailTerms(
    retry_first_minutes=15, retry_factor=2.0, retry_longest_minutes=240, settle_minutes=0
)


@pytest.mark.parametrize(
    ("deferrals", "minutes"), [(1, 15), (2, 30), (4, 120), (5, 240), (6, 240), (5_000, 240)]
)
def test_it_rests_ever_longer_and_never_longer_than_the_policy_says(
    deferrals: int, minutes: int
) -> None:
    """Also after years of deferrals there is a next try."""
    assert pause_after(deferrals, TERMS) == timedelta(minutes=minutes)


def test_a_policy_may_try_at_equal_intervals() -> None:
    """A factor of one leaves the first pause as it is."""
    equal = TERMS.model_copy(update={"retry_factor": 1.0})
    assert pause_after(5_000, equal) == timedelta(minutes=15)
