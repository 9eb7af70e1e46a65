"""`privacy rules` and `privacy policy` as people use them."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workers import cli_policy, cli_rules
from workers.settings import PROJECT

RUN = CliRunner()
POLICIES = PROJECT / "policies"
OLDER, NEWER = POLICIES / "2023-08-15.law-2025.yaml", POLICIES / "2023-08-15.law-2026.yaml"

GOOD = """
- id: GOOD
  area: optin_wait
  input: {"optout_date": 2026-05-10}
  expect: {"may_ask_again_from": 2027-05-10}
"""
BAD = GOOD.replace("GOOD", "BAD").replace("2027-05-10", "2027-05-11") + "  why: because\n"


def test_cases_that_agree_end_with_zero(tmp_path: Path) -> None:
    """Dates may be written with or without quotes."""
    (tmp_path / "cases.yaml").write_text(GOOD)
    result = RUN.invoke(cli_rules.app, ["check", str(tmp_path / "cases.yaml")])
    assert (result.exit_code, result.output) == (0, "1 cases asked, 0 differ.\n")


def test_cases_that_differ_end_with_one(tmp_path: Path) -> None:
    """What differs is printed with the case's own reason."""
    (tmp_path / "cases.yaml").write_text(GOOD + BAD)
    result = RUN.invoke(cli_rules.app, ["check", str(tmp_path / "cases.yaml")])
    assert result.exit_code == 1
    assert "BAD optin_wait" in result.output
    assert "why: because" in result.output
    assert "2 cases asked, 1 differ." in result.output


def test_what_cannot_be_read_is_named_and_the_rest_is_asked(tmp_path: Path) -> None:
    """A bad file and a bad case end with 2, each with its place; all others get their answer."""
    broken, mixed = tmp_path / "broken.yaml", tmp_path / "mixed.yaml"
    broken.write_text("- id: A\n  input: {\n")
    mixed.write_text(GOOD + BAD + GOOD.replace("2026-05-10", "soon"))
    files = [str(broken), str(tmp_path / "missing.yaml"), str(mixed)]
    result = RUN.invoke(cli_rules.app, ["check", *files])
    assert result.exit_code == 2
    assert f"{broken}:3: is no YAML" in result.stderr
    assert "missing.yaml: cannot be read: No such file" in result.stderr
    assert f"{mixed}:7: BAD optin_wait" in result.stdout
    assert f"{mixed}:13: GOOD optin_wait" in result.stdout
    assert "3 cases asked, 1 differ, 3 could not be asked." in result.stdout


@pytest.mark.parametrize("text", ["{", "a: sentence", "42"])
def test_a_file_that_holds_no_cases_ends_with_two(tmp_path: Path, text: str) -> None:
    """The message says what is wrong with the file."""
    (tmp_path / "cases.yaml").write_text(text)
    result = RUN.invoke(cli_rules.app, ["check", str(tmp_path / "cases.yaml")])
    assert result.exit_code == 2
    assert "cases.yaml" in result.output


def test_one_answer_is_printed_as_json() -> None:
    """`eval` reads an object from standard input and prints the whole answer."""
    question = json.dumps({"received_at": "2026-11-23T10:00:00-08:00", "request_type": "delete"})
    result = RUN.invoke(cli_rules.app, ["eval", "clock", "-"], input=question)
    assert result.exit_code == 0
    assert json.loads(result.output)["ack_due"] == "2026-12-09"


@pytest.mark.parametrize(
    ("area", "question", "line", "words"),
    [
        ("clock", "{}", 1, "no `received_at`"),
        ("astrology", "{}", 1, "choose one of agent"),
        ("clock", "[]", 1, "no JSON object"),
        ("clock", '{\n"received_at": }', 2, "is no JSON"),
    ],
)
def test_a_question_without_answer_says_why(
    area: str, question: str, line: int, words: str
) -> None:
    """A bad question ends with 2, a sentence and the same as JSON, with its place; no trace."""
    result = RUN.invoke(cli_rules.app, ["eval", area, "-"], input=question)
    assert result.exit_code == 2
    assert f"standard input:{line}: " in result.stderr
    error = json.loads(result.stdout)["error"]
    assert (error["area"], error["file"], error["line"]) == (area, "standard input", line)
    assert words in error["message"]


def test_a_policy_file_is_checked(tmp_path: Path) -> None:
    """A usable file is called so; a wrong one shows its problems and ends with 1."""
    assert "published, and unchanged" in RUN.invoke(cli_policy.app, ["check", str(NEWER)]).output
    wrong = tmp_path / "own.yaml"
    wrong.write_text(NEWER.read_text("utf-8").replace("warn_at:", "warnat:"))
    result = RUN.invoke(cli_policy.app, ["check", str(wrong)])
    assert result.exit_code == 1
    assert f"{wrong}:" in result.output
    assert "write `warn_at`" in result.output


def test_a_draft_is_checked_and_published(tmp_path: Path) -> None:
    """A new file is checked first and recorded then."""
    draft = tmp_path / "own.yaml"
    draft.write_text(NEWER.read_text("utf-8"))
    assert "It is not published" in RUN.invoke(cli_policy.app, ["check", str(draft)]).output
    assert RUN.invoke(cli_policy.app, ["publish", str(draft)]).exit_code == 0
    assert "published, and unchanged" in RUN.invoke(cli_policy.app, ["check", str(draft)]).output


def test_the_difference_of_two_policies_is_told_in_words() -> None:
    """Material changes come first and name the task that they bring."""
    result = RUN.invoke(cli_policy.app, ["diff", str(OLDER), str(NEWER), "--no-task"])
    assert result.exit_code == 0
    assert "* opt out: status display required: no → yes" in result.output
    assert "Task: publish the notice" in result.output


def test_without_an_engine_the_difference_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A lawyer's machine has no keys and no engine; a sentence says who opens the task."""
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.startswith("PRIVACY_")]:
        monkeypatch.delenv(name)
    result = RUN.invoke(cli_policy.app, ["diff", str(OLDER), str(NEWER)])
    assert result.exit_code == 0
    assert "No engine answers here" in result.output
