"""What the tests of this room share: the law as it was."""

import pytest

from domain.policy import Policy


@pytest.fixture(scope="session")
def policy_of_2025(revisions: tuple[Policy, ...]) -> Policy:
    """Give the revision with the law as it was in 2025."""
    return revisions[0]
