"""The embedded stack: starts every part in order, watches them, stops them in reverse order."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from workers.installing import install_database
from workers.settings import Settings, settings_from
from workers.stack.business import fill_business
from workers.stack.errors import StackError
from workers.stack.folder import StackFolder
from workers.stack.mail_sink import EmbeddedMailSink
from workers.stack.part import Part
from workers.stack.pids import SUPERVISOR, PidBook, StackLock
from workers.stack.ports import PortBook
from workers.stack.postgres import (
    BUSINESS_DATABASE,
    BUSINESS_OWNER,
    OWNER,
    PRIVACY_DATABASE,
    EmbeddedPostgres,
)
from workers.stack.process import own_environment
from workers.stack.secret_files import SecretFiles
from workers.stack.services import SERVICES, Service, program
from workers.stack.temporal import EmbeddedTemporal
from workers.stack.variables import (
    GENERATED,
    Addresses,
    addresses,
    generate_keys,
    open_variables,
    sample_variables,
    secret_variables,
)

DEFAULT_PORTS: dict[str, int] = {
    "postgres": 54320,
    "smtp": 1025,
    "inbox": 8025,
    "temporal": 7233,
    "web_ui": 8233,
    "gateway": 8080,
    "sample_webhook": 9101,
}
READY_SECONDS = 90
POLL_SECONDS = 0.1
WATCH_SECONDS = 0.5
RELAUNCH_SECONDS = 0.5
STOP_SECONDS = 25
RESTARTS = 5
RESTART_WINDOW_SECONDS = 60
ADVICE = "read the log, correct the cause and start again"
DSNS = ("dsn", "worker_dsn", "gateway_dsn", "auditor_dsn", "business_dsn")


class Step(NamedTuple):
    """What the supervisor is doing: a part, what happens to it, and after how many seconds."""

    part: str
    what: str
    seconds: float = 0.0


def _silent(step: Step) -> None:
    pass


class EmbeddedStack:
    """Every part of an installation on this machine. Use it as an async context manager."""

    def __init__(
        self,
        var_dir: Path,
        *,
        ports: Mapping[str, int] | None = None,
        services: tuple[Service, ...] = SERVICES,
        variables: Mapping[str, str] | None = None,
        fill: Callable[[str], None] = fill_business,
        durable: bool = True,
        announce: Callable[[Step], None] = _silent,
    ) -> None:
        """Describe a stack whose files stand in `var_dir`.

        `ports` are the first choice for a part's port (see DEFAULT_PORTS; an empty mapping means
        any free ones), `variables` win over the variables that services get, `fill` makes the
        business's tables and people unless they are there, `durable=False` trades fsync for
        speed in tests.
        """
        self.folder = StackFolder(var_dir)
        self._wanted_ports = DEFAULT_PORTS if ports is None else ports
        self._services = services
        self._overrides = dict(variables or {})
        self._fill = fill
        self._durable = durable
        self._announce = announce
        self._lock = StackLock(self.folder.lock)
        self._pids = PidBook(self.folder.pids)
        self._parts: dict[str, Part] = {}
        self._expected: set[str] = set()
        self._restarts: dict[str, list[float]] = {}
        self.ports: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        self.folder.create()
        self._lock.take()
        try:
            await self.up()
        except BaseException:
            await asyncio.shield(self.down())
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.shield(self.down())

    @property
    def addresses(self) -> Addresses:
        """Where the parts are reached."""
        return addresses(self.ports)

    @property
    def intake_key_file(self) -> Path:
        """File with the API key of the intake client `web-form`."""
        return self.folder.secrets / "intake_api_key"

    @property
    def intake_api_key(self) -> str:
        """API key of the intake client `web-form`."""
        return self.intake_key_file.read_text()

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The embedded PostgreSQL."""
        part = self._parts["postgres"]
        assert isinstance(part, EmbeddedPostgres)
        return part

    @property
    def mail(self) -> EmbeddedMailSink:
        """The mail sink, with its client methods."""
        part = self._parts["mail_sink"]
        assert isinstance(part, EmbeddedMailSink)
        return part

    @property
    def temporal(self) -> EmbeddedTemporal:
        """The embedded Temporal server."""
        part = self._parts["temporal"]
        assert isinstance(part, EmbeddedTemporal)
        return part

    @property
    def variables(self) -> dict[str, str]:
        """The variables by which a command reaches this stack, secrets by file."""
        open_ones = open_variables(self.ports, self.folder.root, self.intake_api_key)
        secret_ones = secret_variables(self._secrets, (*DSNS, *GENERATED, "intake_api_key"))
        samples = sample_variables(self.ports, self._secrets, self.addresses.inbox)
        return open_ones | secret_ones | samples | self._overrides

    def settings(self) -> Settings:
        """Return the settings of this stack, with every secret."""
        return settings_from(self.variables)

    async def up(self) -> None:
        """Start every part in order.

        Raises:
            StackError: a part failed; it says which, why, and what to do.
        """
        self._end_leftovers()
        self._choose_ports()
        await self._start_infrastructure()
        for service in self._services:
            self._parts[service.name] = self._program(service)
            await self.start(service.name)

    def _end_leftovers(self) -> None:
        for part in self._pids.end_leftovers():
            self._announce(Step(part, "left over, ended"))
        self._pids.note(SUPERVISOR, os.getpid())

    def _choose_ports(self) -> None:
        book = PortBook(self.folder.ports)
        for part in DEFAULT_PORTS:
            wanted = self._wanted_ports.get(part)
            insist = wanted != DEFAULT_PORTS[part]
            self.ports[part] = book.choose(part, wanted, insist=insist)

    @property
    def _secrets(self) -> SecretFiles:
        return SecretFiles(self.folder.secrets)

    async def _start_infrastructure(self) -> None:
        generate_keys(self._secrets)
        self._parts |= self._infrastructure()
        await self.start("postgres")
        await self._step("databases", self._prepare_databases)
        await self.start("mail_sink")
        await self.start("temporal")
        await self.temporal.ready_namespace()
        self._write_variables()

    def _infrastructure(self) -> dict[str, Part]:
        ports, folder = self.ports, self.folder
        return {
            "postgres": EmbeddedPostgres(
                folder.root,
                ports["postgres"],
                secrets=self._secrets,
                log=folder.log("postgres"),
                durable=self._durable,
            ),
            "mail_sink": EmbeddedMailSink(
                folder.mail, ports["smtp"], ports["inbox"], log=folder.log("mail_sink")
            ),
            "temporal": EmbeddedTemporal(
                folder.temporal,
                ports["temporal"],
                ports["web_ui"],
                log=folder.log("temporal"),
                codec_endpoint=f"{self.addresses.gateway}/codec",
            ),
        }

    def _prepare_databases(self) -> None:
        server = self.postgres
        server.prepare_roles()
        existing = server.databases()
        if PRIVACY_DATABASE not in existing:
            server.create_database(PRIVACY_DATABASE, OWNER)
        self._write_dsns()
        install_database(self.settings())
        if BUSINESS_DATABASE not in existing:
            server.create_database(BUSINESS_DATABASE, BUSINESS_OWNER)
        self._fill(server.dsn(BUSINESS_DATABASE, BUSINESS_OWNER))

    def _write_dsns(self) -> None:
        dsn = self.postgres.dsn
        self._secrets.write("dsn", dsn(PRIVACY_DATABASE, OWNER))
        for role in ("worker", "gateway", "auditor"):
            self._secrets.write(f"{role}_dsn", dsn(PRIVACY_DATABASE, f"privacy_{role}"))
        self._secrets.write("business_dsn", dsn(BUSINESS_DATABASE, BUSINESS_OWNER))

    def _write_variables(self) -> None:
        lines = [f"{name}='{value}'\n" for name, value in sorted(self.variables.items())]
        SecretFiles(self.folder.root).write(self.folder.variables.name, "".join(lines))

    def _program(self, service: Service) -> Part:
        base = own_environment() | {"PRIVACY_ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1"}
        own = sample_variables(self.ports, self._secrets, self.addresses.inbox)
        if not service.sample:
            own |= open_variables(self.ports, self.folder.root, self.intake_api_key)
            own |= secret_variables(self._secrets, service.secrets)
        settings = self.settings()
        return program(service, self.folder, base | own | self._overrides, settings)

    async def start(self, name: str) -> None:
        """Start one part (again) and wait until it is ready.

        Raises:
            StackError: it ended, or was not ready in time.
        """
        part = self._parts[name]
        began = time.monotonic()
        self._announce(Step(name, "starting"))
        await asyncio.to_thread(part.prepare)
        for tries_left in reversed(range(part.launches)):
            try:
                await self._launch(name, part)
                break
            except StackError:
                if not tries_left:
                    raise
                await asyncio.sleep(RELAUNCH_SECONDS)
        self._expected.add(name)
        self._announce(Step(name, "ready", time.monotonic() - began))

    async def _launch(self, name: str, part: Part) -> None:
        part.launch()
        self._pids.note(name, part.process.pid, part.process.stop_signal)
        await self._until_ready(part)

    async def _until_ready(self, part: Part) -> None:
        limit = time.monotonic() + READY_SECONDS
        while not await asyncio.to_thread(part.ready):
            part.process.check_running(ADVICE)
            if time.monotonic() > limit:
                name, log = part.process.name, part.process.log
                raise StackError(name, f"not ready after {READY_SECONDS} s", ADVICE, log)
            await asyncio.sleep(POLL_SECONDS)

    async def _step(self, name: str, work: Callable[[], None]) -> None:
        began = time.monotonic()
        self._announce(Step(name, "starting"))
        await asyncio.to_thread(work)
        self._announce(Step(name, "ready", time.monotonic() - began))

    async def stop(self, name: str) -> None:
        """Ask one part to end and wait for it."""
        self._expected.discard(name)
        await asyncio.to_thread(self._parts[name].process.stop, STOP_SECONDS)
        self._pids.forget(name)

    async def kill(self, name: str) -> None:
        """End one part at once (SIGKILL); `start` brings it back."""
        self._expected.discard(name)
        await asyncio.to_thread(self._parts[name].process.kill)
        self._pids.forget(name)

    async def lose_temporal(self) -> None:
        """Kill Temporal, remove its database and start it empty, with its namespace prepared.

        Schedules are lost as well; the worker makes them again when it starts.
        """
        await self.kill("temporal")
        self.temporal.wipe()
        await self.start("temporal")
        await self.temporal.ready_namespace()

    def pid(self, name: str) -> int:
        """Return the process id of a part."""
        return self._parts[name].process.pid

    def running(self) -> list[str]:
        """Return the names of the parts that run."""
        return [name for name, part in self._parts.items() if part.process.running]

    async def watch(self) -> None:
        """Start parts again that ended by themselves; never returns.

        Raises:
            StackError: a part ends again and again.
        """
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for name, part in self._parts.items():
                if name in self._expected and not part.process.running:
                    await self._restart(name)

    async def _restart(self, name: str) -> None:
        process = self._parts[name].process
        self._announce(Step(name, f"ended with code {process.exit_code}, starting again"))
        recent = [
            moment
            for moment in self._restarts.get(name, [])
            if time.monotonic() - moment < RESTART_WINDOW_SECONDS
        ]
        if len(recent) >= RESTARTS:
            raise StackError(name, "ends again and again", ADVICE, process.log)
        self._restarts[name] = [*recent, time.monotonic()]
        await self.start(name)

    async def down(self) -> None:
        """Stop every part, last started first, and give the folder back."""
        for name, part in reversed(self._parts.items()):
            if part.process.running:
                self._announce(Step(name, "stopping"))
                await self.stop(name)
        self._pids.forget(SUPERVISOR)
        self._lock.release()
        self._announce(Step("stack", "stopped"))
