"""One request with forty providers, each of which behaves as chance has it."""

import pytest

from tests.e2e.crowd import measured

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PROVIDERS = 40
HEARD = {
    "done": "done",
    "partly": "partly",
    "notfound": "not_found",
    "refuses": "refused",
}
MOST_EVENTS = 800


async def test_every_one_of_forty_providers_ends_as_it_said() -> None:
    """Each gets its direction once, each word arrives, and the request's history stays small."""
    figures = await measured(PROVIDERS)
    assert set(figures.sent) == {1}
    assert figures.heard == {name: HEARD[word] for name, word in figures.said.items()}
    assert len(figures.heard) == PROVIDERS
    assert figures.events <= MOST_EVENTS
