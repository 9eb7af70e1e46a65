"""The drawn pages of docs/ say what the code does."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.action_table import parse
from domain.actions import ACTIONS
from domain.paths import PATHS
from domain.policy import Policy
from workers import actions_page
from workers.cli_views import team_views
from workers.pages import PAGES
from workers.paths_page import page
from workers.policy_files import load_policies
from workers.settings import PROJECT


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Give the newest published policy."""
    return load_policies(PROJECT / "policies")[-1]


@pytest.fixture(scope="module")
def drawn(policy: Policy) -> str:
    """Draw the paths anew."""
    return page(policy)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_in_the_repository_is_up_to_date(policy: Policy, path: Path) -> None:
    """Whoever changes a path, an action or a promise draws the pages anew."""
    told = "run .venv/bin/python -m workers.pages --write"
    assert path.read_text(encoding="utf-8") == PAGES[path](policy), told


def test_every_example_is_an_input_of_its_action(policy: Policy) -> None:
    """What the page shows for pasting is understood."""
    shown = re.findall(r"## `(\w+)`\n.*?```json\n(.*?)\n```", actions_page.page(policy), re.DOTALL)
    assert [name for name, _ in shown] == list(ACTIONS)
    for name, example in shown:
        assert parse(ACTIONS[name], [json.loads(example)]).decided_by


def test_every_kind_of_request_is_drawn_once(drawn: str) -> None:
    """Each type stands in exactly one heading."""
    headings = " ".join(line for line in drawn.splitlines() if line.startswith("## `"))
    assert sorted(re.findall(r"`(\w+)`", headings)) == sorted(PATHS)


def test_what_staff_must_not_decide_shows_no_decision(drawn: str) -> None:
    """Choices are carried out by rule (OPT-02); deletions wait for a person (DEL-01)."""
    drawings = dict(re.findall(r"## (.*?)\n.*?```mermaid\n(.*?)```", drawn, re.DOTALL))
    assert "decision" not in drawings["`limit_spi`"]
    assert "proof -->|yes| decision" in drawings["`delete`"]


def test_the_staff_guide_shows_what_works(policy: Policy) -> None:
    """Its examples are understood, and it names every list that the command prints."""
    guide = (PROJECT / "docs" / "staff.md").read_text(encoding="utf-8")
    examples = re.findall(r"\| `(\w+)` \| `(\{.*?\})` \|", guide)
    assert len(examples) == 4
    for name, example in examples:
        parse(ACTIONS[name], [json.loads(example)])
    for view in team_views(policy, datetime(2026, 11, 22, tzinfo=UTC)):
        name = re.sub(r"( \d{4}-\d\d-\d\d|(?<=^Type) .*)$", " …", view.name)
        assert f"| {name} |" in guide
