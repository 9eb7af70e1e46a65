"""`privacy views`: links that put the team's lists of requests into the Temporal Web UI."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlencode

import typer
from temporalio.common import SearchAttributeKey

from domain.paths import PATHS
from domain.state import Stage
from domain.vocabulary import Urgency
from workers.settings import load_settings
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
    handler: Annotated[
        str, typer.Option("--for", help="A staff id: add the list of what is that person's.")
    ] = "",
) -> None:
    """Print the links that save the team's lists in your browser's Temporal Web UI."""
    settings = load_settings()
    for view in (*(view_of(handler) if handler else ()), *team_views()):
        typer.echo(f"{view.name}: {view.shows}")
        typer.echo(f"  {view.link(settings.temporal_ui_url, settings.temporal_namespace)}")


def team_views() -> tuple[View, ...]:
    """Return every list that the team works from."""
    return (*_by_work(), *_by_due_date(), *_by_type())


def view_of(handler: str) -> Iterable[View]:
    """Return the list of what one member of staff handles."""
    yield View(
        f"Handled by {handler}", "requests given to them", _query(_is(names.HANDLER, handler))
    )


def _by_work() -> Iterable[View]:
    yield OPEN_REQUESTS
    waits = _query(_is_not(names.NEEDS_ACTION, names.NOTHING))
    yield View("Waiting for me", "requests in which staff must do something", waits)
    proving = _query(_is(names.REQUEST_STAGE, Stage.VERIFYING))
    yield View("Waiting for the consumer", "requests that lack proof of who asks", proving)
    open_at_providers = _query(
        f'`{names.REQUEST_STAGE.name}` in ("{Stage.DIRECTING}", "{Stage.WAITING_FOR_PROVIDERS}")'
    )
    yield View("Waiting for providers", "requests that wait for their word", open_at_providers)


def _by_due_date() -> Iterable[View]:
    late = _query(_is(names.URGENCY, Urgency.OVERDUE))
    yield View("Overdue", "requests that were not answered in time", late)
    near = _query(_is(names.URGENCY, Urgency.DUE_SOON))
    yield View("Due in 7 days", "requests to answer within a week", near)


def _by_type() -> Iterable[View]:
    for request_type, path in PATHS.items():
        query = _query(_is(names.REQUEST_TYPE, request_type))
        yield View(f"Type {request_type}", f"requests {path.in_words}", query)


def _query(*conditions: str) -> str:
    return " AND ".join((*conditions, RUNNING))


def _is(attribute: SearchAttributeKey[str], value: str) -> str:
    return f'`{attribute.name}`="{value}"'


def _is_not(attribute: SearchAttributeKey[str], value: str) -> str:
    return f'`{attribute.name}`!="{value}"'


OPEN_REQUESTS = View(
    "Open requests",
    "every request that is not closed",
    _query(f'`WorkflowType`="{names.CONSUMER_REQUEST}"'),
)
