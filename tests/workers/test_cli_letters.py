"""`privacy letters preview`: every letter in a folder, to be read before anyone gets it."""

from pathlib import Path

from typer.testing import CliRunner

from tests.letters.reading import Read
from workers.cli_letters import app

POLICIES = Path(__file__).parents[2] / "policies"


def test_preview_lists_what_it_wrote(tmp_path: Path) -> None:
    """The list of letters opens each of them, in both languages and both forms."""
    arguments = ["preview", "--out", str(tmp_path), "--policies", str(POLICIES)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    listed = Read((tmp_path / "index.html").read_text()).addresses
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*")}
    assert set(listed) == written
    assert {path.split("/")[0] for path in listed} == {"en", "es"}


def test_preview_without_policy_says_what_to_do(tmp_path: Path) -> None:
    """A folder without policies is an error that names the option."""
    arguments = ["preview", "--out", str(tmp_path), "--policies", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "--policies" in result.output
