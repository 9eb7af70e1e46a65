"""Released versions of the engine, as far as its worker needs them, and a way to run one."""

import asyncio
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.office import Office
from workers.stack.process import ChildProcess
from workers.stack.services import SERVICES
from workers.temporal.versions import UNVERSIONED, make_current, wanted_build

FOLDER = Path(__file__).parent
_WORKER = next(service for service in SERVICES if service.name == "worker")


def bundles() -> list[Path]:
    """Return the recorded releases, oldest first."""
    return sorted(FOLDER.glob("*.tar.xz"))


def unpacked(bundle: Path, into: Path) -> Path:
    """Unpack a release and return its folder."""
    with tarfile.open(bundle) as archive:
        archive.extractall(into, filter="data")
    return into


@asynccontextmanager
async def worker_of(release: Path, office: Office) -> AsyncIterator[None]:
    """Let a release's worker take the place of today's for a while, without a version."""
    stack = office.stack
    plain = {"PRIVACY_WORKER_VERSIONING": "false"}
    environment = stack.configuration.environment_of(_WORKER) | plain
    former = ChildProcess(
        "former_worker",
        [sys.executable, "-m", _WORKER.module],
        log=stack.folder.log("former_worker"),
        environment=environment,
        folder=release,
    )
    await stack.stop("worker")
    await make_current(office.client, UNVERSIONED)
    former.start()
    await asyncio.to_thread(
        former.wait_until,
        lambda: _WORKER.probe(former, office.settings, environment),
        seconds=60,
        advice="read its log",
    )
    try:
        yield
    finally:
        former.kill()
        await make_current(office.client, wanted_build(office.settings))
        await stack.start("worker")
