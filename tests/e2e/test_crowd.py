"""Two hundred providers for one request; ``python -m tests.e2e.crowd 1000`` for a thousand."""

import pytest

from tests.e2e.crowd import measured

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

IN_OUR_WORDS = {
    "done": "done",
    "partly": "partly",
    "notfound": "not_found",
    "refuses": "refused",
}


async def test_a_crowd_ends_in_true_states_and_the_history_stays_small() -> None:
    """Random answers at random times: each believed as said, sent once, few events (design 3)."""
    figures = await measured(200)
    assert figures.providers == 200
    assert figures.heard == {name: IN_OUR_WORDS[said] for name, said in figures.said.items()}
    assert figures.sent == {1: 200}
    assert figures.events < 1200
    assert figures.signals <= 30
    assert figures.largest_payload < 300_000
