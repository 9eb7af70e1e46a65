"""A handful of requests through a handful of faults, Temporal lost among them."""

import pytest

from tests.chaos.faults import LOST_TEMPORAL
from tests.chaos.run import Size, lines, run
from tests.folders import reachable_folder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

SEED = 1


async def test_requests_survive_a_handful_of_faults() -> None:
    """Everything ends as predicted: rows, letters, ledger, workflows; the report says what not."""
    with reachable_folder() as folder:
        size = Size(requests=8, faults=4, harm_s=100, settle_s=240)
        result = await run(folder / "stack", size, SEED, lambda line: None)
    assert result.sound, "\n".join(lines(result, SEED))
    assert result.faults[LOST_TEMPORAL] == 1
