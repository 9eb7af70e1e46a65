"""What the tests of this folder share: a gathering with everything in it, and packages of it."""

from datetime import date

import pytest

from datamap.disclosure import Scope
from domain.policy import Policy
from domain.vocabulary import Language
from packages import Cover
from tests.datamap.disclosure.gatherings import Gathered, planted_gathering
from workers.stack.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def ada(postgres: EmbeddedPostgres, policy: Policy) -> Gathered:
    """Gather, once, what the planted system holds of Ada."""
    scope = Scope(policy, date(2022, 1, 1), date(2026, 11, 22))
    return planted_gathering(postgres, scope, "planted_for_packages")


@pytest.fixture
def cover(policy: Policy) -> Cover:
    """Give the outside of a package."""
    return Cover("PR-4106-105S", date(2026, 11, 23), Language.ENGLISH, policy)
