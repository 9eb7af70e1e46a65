"""`privacy plan` on the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workers.cli_plan import app

FACTS = {
    "request_type": "delete",
    "received_at": "2026-11-22T10:00:00-08:00",
    "residency": "CA",
    "points": [{"name": "phone", "matched": True}],
}


def test_facts_on_standard_input_become_a_table() -> None:
    """Dates with weekday and rule, what is missing, letters and outcomes."""
    shown = CliRunner().invoke(app, ["-"], input=json.dumps(FACTS))
    assert shown.exit_code == 0
    for expected in ("Wed 2027-01-06", "CLK-02", "2 more reliable points", "N-07", "privacy_staff"):
        assert expected in shown.output


def test_facts_in_a_file_become_json(tmp_path: Path) -> None:
    """The same plan for machines, pinned to the policy of the day of receipt."""
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(FACTS), encoding="utf-8")
    shown = CliRunner().invoke(app, [str(file), "--json"])
    found = json.loads(shown.output)
    assert found["policy"]["version"] == "2023-08-15.law-2026"
    assert found["requests"][0]["identity"]["points_required"] == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "is not a JSON object"),
        ('{"request_type": "delete"}', "received_at: Field required"),
        ('{"request_type": "love", "received_at": "2026-11-22T10:00:00Z"}', "request_types.0"),
        ('{"request_type": "delete", "received_at": "2020-01-01T10:00:00Z"}', "No policy"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    """Bad facts end with 2 and a sentence, never with a trace."""
    shown = CliRunner().invoke(app, ["-"], input=text)
    assert shown.exit_code == 2
    assert said in shown.output
