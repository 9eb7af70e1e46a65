"""`privacy views`: the team's lists as links for the Temporal Web UI."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.paths import PATHS
from domain.policy import Policy
from workers.cli import run
from workers.cli_views import team_views
from workers.policy_files import load_policies
from workers.settings import PROJECT
from workflows import names

EVENING = datetime(2026, 12, 31, 2, 30, tzinfo=UTC)
"""Half past two in the morning in Greenwich, and the evening before in California."""


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Give the newest published policy."""
    return load_policies(PROJECT / "policies")[-1]


def test_every_work_list_and_every_type_has_a_view(policy: Policy) -> None:
    """Six lists by what is to be done, one for each type that the engine serves."""
    listed = [view.name for view in team_views(policy, EVENING)]
    assert listed[:6] == [
        "Open requests",
        "Waiting for me",
        "Waiting for the consumer",
        "Waiting for providers",
        "Overdue on 2026-12-30",
        "Due by 2027-01-06",
    ]
    assert listed[6:] == [f"Type {request_type}" for request_type in PATHS]


def test_a_list_by_due_date_ends_with_the_last_second_of_a_local_day(policy: Policy) -> None:
    """Due by 2027-01-06 takes in the deadline of that day, 23:59:59 Pacific (CLK-02)."""
    near = next(view for view in team_views(policy, EVENING) if view.name.startswith("Due by"))
    assert '`RespondBy` <= "2027-01-07T07:59:59Z"' in near.query


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
