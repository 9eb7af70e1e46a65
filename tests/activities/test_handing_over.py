"""When a direction that could not be handed over is tried again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.handing_over import failure
from domain.policy_terms.base import Period
from domain.policy_terms.duties import ProviderTerms
from providers.protocol import SendingFailed

TERMS = ProviderTerms(
    remind_after=Period(business_days=5),
    confirm_within=Period(business_days=10),
    give_up_after=Period(days=45),
    retry_first_minutes=5,
    retry_longest_minutes=240,
)


@pytest.mark.parametrize(
    ("attempt", "asked_seconds", "minutes"),
    [(1, None, 5), (3, None, 20), (9, None, 240), (3, 0, 20), (9, 3, 240), (1, 3600, 60)],
)
def test_a_provider_may_ask_for_more_patience_and_not_for_less(
    attempt: int, asked_seconds: int | None, minutes: int
) -> None:
    """Retry-After makes the policy's growing pause longer; of itself it makes none shorter."""
    asked = None if asked_seconds is None else timedelta(seconds=asked_seconds)
    failed = SendingFailed("status_429", "Busy.", retryable=True, retry_after=asked)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt)
    error = environment.run(failure, failed, TERMS)
    assert error.next_retry_delay == timedelta(minutes=minutes)
