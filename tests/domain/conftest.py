"""The published policies, as the domain's tests use them."""

import pytest

from domain import policies
from domain.policy import Policy
from workers.policy_files import load_policies
from workers.settings import PROJECT


@pytest.fixture(scope="session")
def revisions() -> tuple[Policy, ...]:
    """Give the published revisions, oldest first, and install them."""
    loaded = load_policies(PROJECT / "policies")
    policies.install(loaded)
    return loaded


@pytest.fixture(scope="session")
def policy(revisions: tuple[Policy, ...]) -> Policy:
    """Give the newest published revision."""
    return revisions[-1]


@pytest.fixture(scope="session")
def policy_of_2025(revisions: tuple[Policy, ...]) -> Policy:
    """Give the revision with the law as it was in 2025."""
    return revisions[0]
