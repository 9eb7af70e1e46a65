"""What the tests of this folder share: a scope, a gathering."""

from datetime import date

import pytest

from datamap.disclosure import Scope
from domain.policy import Policy
from tests.datamap.disclosure.gatherings import Gathered, planted_gathering
from workers.stack.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def scope(policy: Policy) -> Scope:
    """Look back as far as the law does for a request of 2026."""
    return Scope(policy, date(2022, 1, 1), date(2026, 11, 22))


@pytest.fixture(scope="session")
def ada(postgres: EmbeddedPostgres, scope: Scope) -> Gathered:
    """Gather, once, what the planted system holds of Ada."""
    return planted_gathering(postgres, scope, "planted")
