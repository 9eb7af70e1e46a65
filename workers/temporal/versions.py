"""Which release of the workers takes the tasks: Worker Deployment Versioning.

A versioned worker gets nothing until its version is current, and a worker without a version gets
nothing while one is. So whoever prepares the namespace says which it is, before the first start.
"""

from importlib.metadata import version
from typing import NamedTuple, Protocol

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

DEPLOYMENT = "privacy-requests"
"""Name of the worker deployment; the build says which release."""

RELEASE = version("privacy-request-engine")

UNVERSIONED = ""
"""In place of a build: tasks go to workers that have none."""


_KNOWS_NONE = frozenset({RPCStatusCode.NOT_FOUND, RPCStatusCode.UNIMPLEMENTED})
"""How a server answers that has no such deployment, or none at all."""


class VersionSettings(Protocol):
    """Whether workers are versions of the deployment, and which."""

    @property
    def worker_versioning(self) -> bool:
        """Whether they are."""

    @property
    def worker_build(self) -> str:
        """The build; empty for the release."""


class Standing(NamedTuple):
    """One version that Temporal knows: its build, and what it is used for, in words."""

    build: str
    status: str
    since: str


def wanted_build(settings: VersionSettings) -> str:
    """Return the build that this installation's workers have."""
    return (settings.worker_build or RELEASE) if settings.worker_versioning else UNVERSIONED


async def current_build(client: Client, deployment: str = DEPLOYMENT) -> str:
    """Return the build that takes the tasks, or ``UNVERSIONED``."""
    found = await _described(client, deployment)
    if found is None:
        return UNVERSIONED
    return found.worker_deployment_info.routing_config.current_deployment_version.build_id


async def make_current(client: Client, build: str, deployment: str = DEPLOYMENT) -> None:
    """Have a build take every task from now on, workers of it polling or not yet."""
    if build == await current_build(client, deployment):
        return
    await client.workflow_service.set_worker_deployment_current_version(
        SetWorkerDeploymentCurrentVersionRequest(
            namespace=client.namespace,
            deployment_name=deployment,
            build_id=build,
            identity=client.identity,
            ignore_missing_task_queues=True,
            allow_no_pollers=True,
        )
    )


async def prepare_routing(client: Client, settings: VersionSettings, *, take_over: bool) -> str:
    """See that tasks go to somebody, and return the build that they go to.

    With ``take_over`` that is this installation's; without, a version that is current stays so,
    unless workers have none any more.
    """
    wanted, found = wanted_build(settings), await current_build(client)
    if take_over or UNVERSIONED in (wanted, found):
        await make_current(client, wanted)
        return wanted
    return found


async def versions(client: Client, deployment: str = DEPLOYMENT) -> list[Standing]:
    """Return the versions that Temporal knows, the newest first."""
    found = await _described(client, deployment)
    summaries = found.worker_deployment_info.version_summaries if found else ()
    newest_first = sorted(summaries, key=lambda one: one.create_time.ToDatetime(), reverse=True)
    return [
        Standing(one.deployment_version.build_id, _in_words(one.status), _minute(one.create_time))
        for one in newest_first
    ]


def _in_words(status: WorkerDeploymentVersionStatus.ValueType) -> str:
    name = WorkerDeploymentVersionStatus.Name(status)
    return name.removeprefix("WORKER_DEPLOYMENT_VERSION_STATUS_").lower()


def _minute(at: Timestamp) -> str:
    return f"{at.ToDatetime():%Y-%m-%d %H:%M} UTC"


async def _described(client: Client, deployment: str) -> DescribeWorkerDeploymentResponse | None:
    asked = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=deployment)
    try:
        return await client.workflow_service.describe_worker_deployment(asked)
    except RPCError as refused:
        if refused.status not in _KNOWS_NONE:
            raise
        return None
