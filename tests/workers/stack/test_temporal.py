"""The embedded Temporal server: real, ready for us, and unharmed by kill -9."""

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
from temporalio import workflow
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.worker import Worker

from workers.stack.ports import free_ports
from workers.stack.temporal import EmbeddedTemporal

OURS = {
    "RequestId",
    "RequestType",
    "RequestStage",
    "NeedsAction",
    "RespondBy",
    "Urgency",
    "Handler",
    "Residency",
    "Channel",
}


@workflow.defn(sandboxed=False)
class Nap:
    """Sleeps a little."""

    @workflow.run
    async def run(self) -> str:
        """Sleep, then answer."""
        await workflow.sleep(timedelta(milliseconds=20))
        return "rested"


async def _nap(address: str) -> str:
    client = await Client.connect(address)
    async with Worker(client, task_queue="naps", workflows=[Nap]):
        result: str = await client.execute_workflow(Nap.run, id="nap", task_queue="naps")
    return result


async def test_it_runs_workflows(temporal_server: EmbeddedTemporal) -> None:
    """A workflow with a timer runs to its end on the session's server."""
    assert await asyncio.wait_for(_nap(temporal_server.address), 20) == "rested"


async def test_the_namespace_is_ready(temporal_server: EmbeddedTemporal) -> None:
    """Our search attributes are registered and closed workflows stay for 30 days."""
    client = await Client.connect(temporal_server.address)
    attributes = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="default")
    )
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace="default")
    )
    assert set(attributes.custom_attributes) >= OURS
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    assert kept == timedelta(days=30)


async def test_the_web_ui_answers(temporal_server: EmbeddedTemporal) -> None:
    """The Web UI serves its page on loopback."""
    async with httpx.AsyncClient() as browser:
        page = await browser.get(temporal_server.ui_address)
    assert page.status_code == 200


async def test_a_killed_server_comes_back_with_its_namespaces(tmp_path: Path) -> None:
    """After SIGKILL the same file serves the namespace registered before."""
    server = EmbeddedTemporal(tmp_path, *free_ports(2), log=tmp_path / "log", namespace="kept")
    try:
        server.start()
        await server.ready_namespace()
        server.process.kill()
        server.start()
        client = await Client.connect(server.address, namespace="kept")
        found = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace="kept")
        )
    finally:
        server.stop()
    assert "RequestId" in found.custom_attributes
