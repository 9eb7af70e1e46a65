"""The pages for operators and auditors speak of what exists."""

import re

import pytest
import typer

from workers.cli import app
from workers.settings import PROJECT, Settings, variable

DOCS = PROJECT / "docs"
PAGES = ("security.md", "operations.md", "upgrading.md", "fault-suite.md")
OTHERS = {"PRIVACY_OWNER_PASSWORD", "PRIVACY_ENV_FILE", "PRIVACY_X", "PRIVACY_X_FILE"}
"""Variables that are no settings: of the compose file, of the settings' own source, examples."""


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(page: str) -> None:
    """A reference is a file and a test in it."""
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (DOCS / page).read_text()):
        assert f"def {name}(" in (PROJECT / path).read_text(), f"{path}::{name}"


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_link_leads_somewhere(page: str) -> None:
    """Links between pages, their headings, and files of this repository."""
    text = (DOCS / page).read_text()
    for target, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", text):
        linked = DOCS / target if target else DOCS / page
        assert linked.exists(), target
        if anchor:
            assert anchor in _anchors(linked.read_text()), f"{target}#{anchor}"
    for path in re.findall(r"`((?:deploy|tools|workers|domain|records)/[\w./-]+\.\w+)`", text):
        assert (PROJECT / path).exists(), path


@pytest.mark.parametrize("page", PAGES)
def test_every_variable_and_command_exists(page: str) -> None:
    """`PRIVACY_…` is a setting, `privacy …` a command of ours."""
    text = (DOCS / page).read_text()
    known = {variable(name) for name in Settings.model_fields} | OTHERS
    named = {name.removesuffix("_FILE") for name in re.findall(r"\bPRIVACY_[A-Z_]+[A-Z]\b", text)}
    assert {name for name in named if not name.startswith("PRIVACY_SYSTEM")} <= known
    group = typer.main.get_command(app)
    context = typer.Context(group)
    commands = set(group.list_commands(context))  # type: ignore[attr-defined]
    assert set(re.findall(r"`privacy ([a-z][a-z-]*)", text)) <= commands


def _anchors(text: str) -> set[str]:
    """Make the anchors that a reader of Markdown makes of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}
