"""What the tests of this folder share: a gathering with everything in it, and packages of it."""

from datetime import date
from pathlib import Path

import pytest

from datamap.disclosure import Scope
from domain.policy import Policy, parse_policy
from domain.vocabulary import Language
from packages import Cover
from tests.datamap.disclosure.gatherings import Gathered, planted_gathering
from workers.stack.postgres import EmbeddedPostgres

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Give the company's policy under the law of 2026."""
    path = POLICIES / "2023-08-15.law-2026.yaml"
    return parse_policy(path.read_text(encoding="utf-8"), str(path))


@pytest.fixture(scope="session")
def ada(postgres: EmbeddedPostgres, policy: Policy) -> Gathered:
    """Gather, once, what the planted system holds of Ada."""
    scope = Scope(policy, date(2022, 1, 1), date(2026, 11, 22))
    return planted_gathering(postgres, scope, "planted_for_packages")


@pytest.fixture
def cover(policy: Policy) -> Cover:
    """Give the outside of a package."""
    return Cover("PR-4106-105S", date(2026, 11, 23), Language.ENGLISH, policy)
