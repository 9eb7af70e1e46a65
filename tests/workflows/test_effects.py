"""How long a step may take."""

from datetime import timedelta

import pytest

from workflows.effects import AT_ONCE, BUSINESS_SYSTEM, OWN_DATABASE, Effect, time_for

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("effect", "within", "allowed"),
    [
        (BUSINESS_SYSTEM, None, 6 * HOUR),
        (OWN_DATABASE, None, None),
        (BUSINESS_SYSTEM, HOUR, HOUR),
        (OWN_DATABASE, 24 * HOUR, 24 * HOUR),
        (BUSINESS_SYSTEM, 0 * HOUR, AT_ONCE),
        (BUSINESS_SYSTEM, -HOUR, AT_ONCE),
    ],
)
def test_what_is_left_bounds_a_step_even_where_it_is_nothing(
    effect: Effect, within: timedelta | None, allowed: timedelta | None
) -> None:
    """A deletion is not put back for six hours more because its last instant has just come."""
    assert time_for(effect, within) == allowed
