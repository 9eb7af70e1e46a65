"""What the tests of this folder share: the company's policy, a scope, a gathering."""

from datetime import date
from pathlib import Path

import pytest

from datamap.disclosure import Scope
from domain.policy import Policy, parse_policy
from tests.datamap.disclosure.gatherings import Gathered, planted_gathering
from workers.stack.postgres import EmbeddedPostgres

POLICIES = Path(__file__).parents[3] / "policies"


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Give the company's policy under the law of 2026."""
    path = POLICIES / "2023-08-15.law-2026.yaml"
    return parse_policy(path.read_text(encoding="utf-8"), str(path))


@pytest.fixture(scope="session")
def scope(policy: Policy) -> Scope:
    """Look back as far as the law does for a request of 2026."""
    return Scope(policy, date(2022, 1, 1), date(2026, 11, 22))


@pytest.fixture(scope="session")
def ada(postgres: EmbeddedPostgres, scope: Scope) -> Gathered:
    """Gather, once, what the planted system holds of Ada."""
    return planted_gathering(postgres, scope, "planted")
