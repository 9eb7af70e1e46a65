"""Time that passes for one workflow, on a real server, whoever started it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import activity
from temporalio.client import Client

from tests.workers.temporal.clockwork import (
    SECOND,
    Calendar,
    Hanging,
    Retrying,
    StartsAnother,
    business_time,
    fail_until_third,
    hang,
)
from tests.workers.temporal.conftest import RunWorker
from workers.temporal.time import InheritClock, Skipper, TimeStandsStill

ABOUT = timedelta(seconds=20)


async def test_activities_on_the_way_run_in_order_at_their_business_time(
    client: Client, run_worker: RunWorker
) -> None:
    """One skip over three timers runs each one's activity at its own day before it returns."""
    async with run_worker([Calendar], [business_time]) as task_queue:
        started = datetime.now(UTC)
        handle = await client.start_workflow(
            Calendar.run, 9, id=f"calendar-{task_queue}", task_queue=task_queue
        )
        reached = await Skipper(client).forward(handle.id, timedelta(days=35))
        noted = await handle.query(Calendar.noted)
        await handle.terminate()
    assert abs(reached - started - timedelta(days=35)) < ABOUT
    assert [round((at - started) / timedelta(days=1)) for at in noted] == [10, 20, 30]


async def test_skips_add_up_across_workers(client: Client, run_worker: RunWorker) -> None:
    """A skipped workflow keeps its time without a worker, and on the next worker."""
    skipper = Skipper(client)
    async with run_worker([Calendar], [business_time]) as task_queue:
        handle = await client.start_workflow(
            Calendar.run, 1, id=f"calendar-{task_queue}", task_queue=task_queue
        )
        start = await skipper.now(handle.id)
        await skipper.forward(handle.id, timedelta(days=4))
    await skipper.forward(handle.id, timedelta(days=4))
    target = start + timedelta(days=9)
    assert abs(await skipper.forward_to(handle.id, target) - target) < ABOUT
    assert await skipper.forward_to(handle.id, start) >= target
    await handle.terminate()


async def test_the_pause_between_attempts_is_skipped(client: Client, run_worker: RunWorker) -> None:
    """Retries a day apart happen at once when three days are skipped."""
    async with run_worker([Retrying], [fail_until_third]) as task_queue:
        handle = await client.start_workflow(
            Retrying.run, id=f"retrying-{task_queue}", task_queue=task_queue
        )
        await Skipper(client).forward(handle.id, timedelta(days=3))
        assert await handle.result() == 3


async def test_a_running_activity_holds_time_up_and_is_named_as_a_cause(
    client: Client, run_worker: RunWorker
) -> None:
    """A skip that an activity blocks gives up after the patience and says what to look for."""
    async with run_worker([Hanging], [hang]) as task_queue:
        handle = await client.start_workflow(
            Hanging.run, id=f"hanging-{task_queue}", task_queue=task_queue
        )
        await asyncio.sleep(0.3)
        with pytest.raises(TimeStandsStill, match="an activity that does not end"):
            await Skipper(client, patience=SECOND).forward(handle.id, timedelta(days=1))
        await handle.terminate()


async def test_an_ended_workflow_does_not_move(client: Client) -> None:
    """A skip of a workflow that is not there says so."""
    with pytest.raises(TimeStandsStill, match="nowhere did not move"):
        await Skipper(client).forward("nowhere", timedelta(days=1))


@pytest.mark.parametrize(("interceptors", "days"), [([], 0), ([InheritClock()], 10)])
async def test_what_an_activity_starts_can_inherit_its_clock(
    client: Client, run_worker: RunWorker, interceptors: list[InheritClock], days: int
) -> None:
    """What a skipped workflow's activity starts begins today, or at its starter's time."""
    address = client.service_client.config.target_host
    starter = await Client.connect(
        address, data_converter=client.data_converter, interceptors=interceptors
    )

    @activity.defn(name="start_another")
    async def start_another() -> None:
        info = activity.info()
        await starter.start_workflow(
            Calendar.run, 9, id=f"{info.workflow_id}.other", task_queue=info.task_queue
        )

    async with run_worker([StartsAnother, Calendar], [start_another, business_time]) as queue:
        skipper = Skipper(client)
        handle = await client.start_workflow(StartsAnother.run, id=f"one-{queue}", task_queue=queue)
        await skipper.forward(handle.id, timedelta(days=10, hours=1))
        ahead = await skipper.now(f"{handle.id}.other") - datetime.now(UTC)
        await handle.terminate()
        await client.get_workflow_handle(f"{handle.id}.other").terminate()
    assert round(ahead / timedelta(days=1)) == days
