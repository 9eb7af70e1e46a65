"""The drawn pages of docs/ say what the code does."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from domain.action_table import parse
from domain.actions import ACTIONS
from domain.direction_actions import DIRECTION_ACTIONS
from domain.late_answer_actions import LATE_ANSWER_ACTIONS
from domain.paths import PATHS
from domain.policy import Policy
from workers import actions_page, modules_page
from workers.cli import app
from workers.cli_views import team_views
from workers.pages import PAGES
from workers.paths_page import page
from workers.settings import PROJECT


@pytest.fixture(scope="module")
def drawn(policy: Policy) -> str:
    """Draw the paths anew."""
    return page(policy)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_in_the_repository_is_up_to_date(policy: Policy, path: Path) -> None:
    """Whoever changes a path, an action, a promise or a module draws the pages anew."""
    told = "run .venv/bin/python -m workers.pages --write"
    assert path.read_text(encoding="utf-8") == PAGES[path](policy), told


def test_every_module_has_its_line() -> None:
    """Each room of the house stands on the page, and each module says what it is for."""
    told = (PROJECT / "docs" / "modules.md").read_text(encoding="utf-8")
    there = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert there == {room for rooms in modules_page.ROOMS.values() for room in rooms}
    assert re.findall(r"^- `(\w+)`: $|^### (.+)\n\n\n", told, re.MULTILINE) == []


def test_every_example_is_an_input_of_its_action(policy: Policy) -> None:
    """What the page shows for pasting is understood."""
    shown = re.findall(r"## `(\w+)`\n.*?```json\n(.*?)\n```", actions_page.page(policy), re.DOTALL)
    tables = (ACTIONS, DIRECTION_ACTIONS, LATE_ANSWER_ACTIONS)
    every = [action for table in tables for action in table.values()]
    assert [name for name, _ in shown] == [action.name for action in every]
    for action, (_, example) in zip(every, shown, strict=True):
        assert parse(action, [json.loads(example)]).decided_by


def test_every_kind_of_request_is_drawn_once(drawn: str) -> None:
    """Each type stands in exactly one heading."""
    headings = " ".join(line for line in drawn.splitlines() if line.startswith("## `"))
    assert sorted(re.findall(r"`(\w+)`", headings)) == sorted(PATHS)


def test_what_staff_must_not_decide_shows_no_decision(drawn: str) -> None:
    """Choices are carried out by rule (OPT-02); deletions wait for a person (DEL-01)."""
    drawings = dict(re.findall(r"## (.*?)\n.*?```mermaid\n(.*?)```", drawn, re.DOTALL))
    assert "decision" not in drawings["`limit_spi`"]
    assert "proof -->|yes| decision" in drawings["`delete`"]


def test_the_staff_guide_shows_what_works() -> None:
    """Its examples are understood, and it names every list that the command prints."""
    guide = (PROJECT / "docs" / "staff.md").read_text(encoding="utf-8")
    examples = re.findall(r"\| `(\w+)` \| `(\{.*?\})` \|", guide)
    assert len(examples) == 8
    for name, example in examples:
        parse(ACTIONS[name], [json.loads(example)])
    for view in team_views():
        name = re.sub(r"(?<=^Type) .*$", " …", view.name)
        assert f"| {name} |" in guide


TEXTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
ROOMS = "|".join(path.name for path in PROJECT.iterdir() if path.is_dir() and path.name[0] != ".")


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_what_a_page_points_at_exists(text: Path) -> None:
    """Every file of ours that a page names is there, and every link of it leads somewhere."""
    told = text.read_text(encoding="utf-8")
    named = re.findall(rf"`((?:{ROOMS})/[\w./-]*)`", told)
    linked = re.findall(r"\]\(((?!https?:|#)[^)#]+)", told)
    missing = [name for name in named if not (PROJECT / name).exists() and not _made(name)]
    assert missing + [link for link in linked if not (text.parent / link).exists()] == []


def _made(name: str) -> bool:
    """Tell whether a file comes to be by running something, or is an operator's own."""
    return name.startswith(("var/", "drafts/", "deploy/config/")) or name == "deploy/providers.env"


def commands(text: str) -> list[list[str]]:
    """Return the `privacy` commands that a page shows, as arguments."""
    shown = re.findall(r"(?:^|`|\| )privacy ([a-z][^`\n]*)", text.replace("\\|", "|"), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in shown]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_the_commands_of_a_page_exist(text: Path) -> None:
    """Each is a command of ours, and its options are options of that command."""
    for arguments in commands(text.read_text(encoding="utf-8")):
        _understood(get_command(app), "privacy", arguments)


def _understood(command: Any, name: str, arguments: list[str]) -> None:
    if isinstance(command, TyperGroup) and arguments:
        context = command.make_context(name, list(arguments))
        words = [*context._protected_args, *context.args]
        below, found, rest = command.resolve_command(context, words)
        return _understood(found, str(below), rest)
    known = {option for parameter in command.params for option in parameter.opts}
    used = {word.partition("=")[0] for word in arguments if re.match(r"--?[a-z]", word)}
    assert used <= known, f"{name} has no {used - known}"
    return None
