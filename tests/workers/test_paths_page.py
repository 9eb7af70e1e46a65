"""docs/requests.md pictures what the code does."""

import re

import pytest

from domain.paths import PATHS
from workers.paths_page import PAGE, page
from workers.policy_files import load_policies
from workers.settings import PROJECT


@pytest.fixture(scope="module")
def drawn() -> str:
    """Draw the page anew."""
    return page(load_policies(PROJECT / "policies")[-1])


def test_the_page_in_the_repository_is_up_to_date(drawn: str) -> None:
    """Whoever changes a path or a promise draws the page anew."""
    told = "run .venv/bin/python -m workers.paths_page --write"
    assert PAGE.read_text(encoding="utf-8") == drawn, told


def test_every_kind_of_request_is_drawn_once(drawn: str) -> None:
    """Each type stands in exactly one heading."""
    headings = " ".join(line for line in drawn.splitlines() if line.startswith("## `"))
    assert sorted(re.findall(r"`(\w+)`", headings)) == sorted(PATHS)


def test_what_staff_must_not_decide_shows_no_decision(drawn: str) -> None:
    """Choices are carried out by rule (OPT-02); deletions wait for a person (DEL-01)."""
    drawings = dict(re.findall(r"## (.*?)\n.*?```mermaid\n(.*?)```", drawn, re.DOTALL))
    assert "decision" not in drawings["`limit_spi`"]
    assert "proof -->|yes| decision" in drawings["`delete`"]
