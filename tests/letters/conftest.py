"""What letters are rendered under in tests: the company's real policy."""

from pathlib import Path

import pytest

from domain.policy import Policy, parse_policy

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Give the company's policy under the law of 2026."""
    path = POLICIES / "2023-08-15.law-2026.yaml"
    return parse_policy(path.read_text(encoding="utf-8"), str(path))
