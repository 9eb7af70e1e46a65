"""`privacy views`: the team's lists as links for the Temporal Web UI."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.paths import PATHS
from workers.cli import run
from workers.cli_views import team_views
from workflows import names


def test_every_work_list_and_every_type_has_a_view() -> None:
    """Six lists by what is to be done, one for each type that the engine serves."""
    listed = [view.name for view in team_views()]
    assert listed[:6] == [
        "Open requests",
        "Waiting for me",
        "Waiting for the consumer",
        "Waiting for providers",
        "Overdue",
        "Due in 7 days",
    ]
    assert listed[6:] == [f"Type {request_type}" for request_type in PATHS]


def test_a_link_carries_filter_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints addresses of the configured Web UI and namespace."""
    monkeypatch.setenv("PRIVACY_ENV_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("PRIVACY_TEMPORAL_UI_URL", "https://temporal.business.example/")
    monkeypatch.setenv("PRIVACY_TEMPORAL_NAMESPACE", "privacy")
    assert run(["views"]) == 0
    first = urlsplit(capsys.readouterr().out.splitlines()[3].strip())
    assert first.netloc == "temporal.business.example"
    assert first.path == "/namespaces/privacy/workflows"
    asked = parse_qs(first.query)
    assert asked["savedQuery"] == ["Waiting for me"]
    assert asked["query"] == [
        f'`{names.NEEDS_ACTION.name}`!="nothing" AND `ExecutionStatus`="Running"'
    ]
