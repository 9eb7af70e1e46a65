"""`privacy views`: links that put the team's lists of requests into the Temporal Web UI."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlencode

import typer
from temporalio.common import SearchAttributeKey

from domain.days import deadline_instant, local_date
from domain.paths import PATHS
from domain.policies import NoPolicyInForce, Shelf
from domain.policy import Policy
from domain.policy_problems import PolicyInvalid
from domain.state import Stage
from workers.policy_files import PublishedPolicyChanged, load_policies
from workers.settings import Settings, load_settings
from workflows import names

app = typer.Typer()

RUNNING = '`ExecutionStatus`="Running"'


class View(NamedTuple):
    """One list of requests: the name it is saved under, what it shows, and its List Filter."""

    name: str
    shows: str
    query: str

    def link(self, ui_url: str, namespace: str) -> str:
        """Return the address that opens the list and saves it in the reader's browser."""
        asked = urlencode({"query": self.query, "savedQuery": self.name}, quote_via=quote)
        return f"{ui_url}/namespaces/{namespace}/workflows?{asked}"


@app.command()
def views(
    days: Annotated[int, typer.Option(min=1, help="How many days ahead a due date is soon.")] = 7,
) -> None:
    """Print the links that save the team's lists in your browser's Temporal Web UI."""
    settings = load_settings()
    now = datetime.now(UTC)
    for view in team_views(_policy(settings, now), now, days):
        typer.echo(f"{view.name}: {view.shows}")
        typer.echo(f"  {view.link(settings.temporal_ui_url, settings.temporal_namespace)}")


def team_views(policy: Policy, now: datetime, days: int = 7) -> tuple[View, ...]:
    """Return every list that the team works from; `policy` says where a day begins.

    Temporal compares with fixed instants alone, so the two lists by due date name their day.
    """
    return (*_by_work(), *_by_due_date(policy, now, days), *_by_type())


def _policy(settings: Settings, now: datetime) -> Policy:
    try:
        return Shelf(load_policies(settings.policy_dir)).in_force_at(now)
    except (PolicyInvalid, PublishedPolicyChanged, NoPolicyInForce) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


def _by_work() -> Iterable[View]:
    requests = _query(f'`WorkflowType`="{names.CONSUMER_REQUEST}"')
    yield View("Open requests", "every request that is not closed", requests)
    waits = _query(_is_not(names.NEEDS_ACTION, "nothing"))
    yield View("Waiting for me", "requests in which staff must do something", waits)
    proving = _query(_is(names.REQUEST_STAGE, Stage.VERIFYING))
    yield View("Waiting for the consumer", "requests that lack proof of who asks", proving)
    open_at_providers = _query(
        f'`{names.REQUEST_STAGE.name}` in ("{Stage.DIRECTING}", "{Stage.WAITING_FOR_PROVIDERS}")'
    )
    yield View("Waiting for providers", "requests that wait for their word", open_at_providers)


def _by_due_date(policy: Policy, now: datetime, days: int) -> Iterable[View]:
    """List what is still to be answered; the clock of an answered request has stopped."""
    unanswered = _is_not(names.REQUEST_STAGE, Stage.WAITING_FOR_PROVIDERS)
    late = _query(_due("<", now), unanswered)
    today = local_date(now, policy)
    yield View(f"Overdue on {today}", "not answered in time; print it anew each day", late)
    last = today + timedelta(days=days)
    near = _query(_due(">=", now), _due("<=", deadline_instant(last, policy)), unanswered)
    yield View(f"Due by {last}", f"due within {days} days; print it anew each day", near)


def _by_type() -> Iterable[View]:
    for request_type, path in PATHS.items():
        query = _query(_is(names.REQUEST_TYPE, request_type))
        yield View(f"Type {request_type}", f"requests {path.in_words}", query)


def _query(*conditions: str) -> str:
    return " AND ".join((*conditions, RUNNING))


def _due(comparison: str, instant: datetime) -> str:
    return f'`{names.RESPOND_BY.name}` {comparison} "{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"'


def _is(attribute: SearchAttributeKey[str], value: str) -> str:
    return f'`{attribute.name}`="{value}"'


def _is_not(attribute: SearchAttributeKey[str], value: str) -> str:
    return f'`{attribute.name}`!="{value}"'
