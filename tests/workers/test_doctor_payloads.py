"""The doctor tries the codec keys on what Temporal holds, before a task waits for one."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import RawValue

from tests.workers.operators import key_set
from workers.doctor.finding import Finding, Standing
from workers.doctor.payloads import readable
from workers.installing import install_namespace
from workers.settings import Settings, settings_from
from workers.stack.temporal import EmbeddedTemporal
from workers.temporal.client import connect
from workflows.names import CONSUMER_REQUEST

PATIENCE_S = 40


@pytest.fixture
async def settings(temporal_server: EmbeddedTemporal) -> Settings:
    """Give a namespace of the test's own, where nothing runs."""
    given = {
        "PRIVACY_TEMPORAL_ADDRESS": temporal_server.address,
        "PRIVACY_TEMPORAL_NAMESPACE": f"n-{uuid.uuid4()}",
        "PRIVACY_CODEC_KEYS": key_set("k1"),
    }
    made = settings_from(given)
    await install_namespace(made)
    return made


async def start(settings: Settings, began: object) -> None:
    """Start a request that no worker takes up."""
    client = await connect(settings, patience=timedelta())
    await start_by(client, began)


async def start_by(client: Client, began: object) -> None:
    """Start a request as one who need not have our keys."""
    await client.start_workflow(CONSUMER_REQUEST, began, id=f"PR-{uuid.uuid4()}", task_queue="none")


async def looked(settings: Settings, *, at: int) -> list[Finding]:
    """Look until the index has that many runs, and return what was found of them."""
    client: Client = await connect(settings, patience=timedelta())
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = [each async for each in readable(client)]
            if len(found) == at and "nothing runs" not in found[0].says:
                return found
            await asyncio.sleep(0.1)


def holding(settings: Settings, keys: str) -> Settings:
    """Return the same installation with other codec keys."""
    return settings.model_copy(update={"codec_keys": type(settings.codec_keys)(keys)})


async def test_keys_are_tried_on_the_oldest_and_the_newest_run(settings: Settings) -> None:
    """All is well with both keys; without the former one its id is named, and what to do."""
    client = await connect(settings, patience=timedelta())
    [nothing] = [each async for each in readable(client)]
    assert (nothing.standing, "nothing runs" in nothing.says) == (Standing.GOOD, True)
    rotated = holding(settings, key_set("k2", "k1"))
    await start(settings, {"of": "before"})
    await start(rotated, {"of": "after"})
    assert {each.standing for each in await looked(rotated, at=2)} == {Standing.GOOD}
    oldest, newest = await looked(holding(settings, key_set("k2")), at=2)
    assert (oldest.standing, newest.standing) == (Standing.WRONG, Standing.GOOD)
    assert "'k1', which this process does not hold" in oldest.says
    assert "docs/operations.md" in oldest.fix


async def test_another_key_of_the_same_id_and_a_forged_payload_are_named(
    settings: Settings,
) -> None:
    """Neither opens; the first is a matter of settings, the second of what was sent."""
    await start(settings, {"of": "us"})
    other = key_set("k2").replace("k2:", "k1:")
    [found] = await looked(holding(settings, other), at=1)
    assert (found.standing, "another codec key under the id" in found.says) == (
        Standing.WRONG,
        True,
    )
    stranger = await Client.connect(
        settings.temporal_address, namespace=settings.temporal_namespace
    )
    await start_by(stranger, RawValue(await altered(settings)))
    _, forged = await looked(settings, at=2)
    assert (forged.standing, "no codec key opens" in forged.says) == (Standing.WRONG, True)


async def altered(settings: Settings) -> Payload:
    """Return a payload of ours of which one byte was changed."""
    client = await connect(settings, patience=timedelta())
    [sealed] = await client.data_converter.encode([{"of": "us"}])
    return Payload(metadata=sealed.metadata, data=sealed.data[:-1] + bytes([sealed.data[-1] ^ 1]))
