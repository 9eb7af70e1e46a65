"""A step that runs shows that its worker lives; one whose worker died is soon tried elsewhere."""

from temporalio.client import Client

from tests.workers.temporal.conftest import RunWorker
from tests.workers.temporal.patience import (
    Patient,
    Stumbling,
    last_longer_than_the_timeout,
    stumble_halfway,
)


async def test_a_long_step_is_kept_alive(client: Client, run_worker: RunWorker) -> None:
    """An activity longer than its heartbeat timeout ends in its first attempt."""
    async with run_worker([Patient], [last_longer_than_the_timeout]) as task_queue:
        attempt = await client.execute_workflow(
            Patient.run, id=f"patient-{task_queue}", task_queue=task_queue
        )
    assert attempt == 1


async def test_a_place_that_was_reported_is_kept(client: Client, run_worker: RunWorker) -> None:
    """The beats in between, of a next attempt too, make none begin at the beginning."""
    async with run_worker([Stumbling], [stumble_halfway]) as task_queue:
        place = await client.execute_workflow(
            Stumbling.run, id=f"stumbling-{task_queue}", task_queue=task_queue
        )
    assert place == "halfway"
