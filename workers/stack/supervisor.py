"""The embedded stack: starts every part in order and stops them in reverse order."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from workers.installing import install_database
from workers.settings import Settings
from workers.stack.business import BusinessPlaces, Fill, fill_business
from workers.stack.configuration import DEFAULT_PORTS, Configuration
from workers.stack.folder import StackFolder
from workers.stack.mail_sink import EmbeddedMailSink
from workers.stack.pids import SUPERVISOR, PidBook, StackLock
from workers.stack.postgres import (
    BACKOFFICE_DATABASE,
    BUSINESS_DATABASE,
    BUSINESS_OWNER,
    OWNER,
    PRIVACY_DATABASE,
    EmbeddedPostgres,
)
from workers.stack.runner import Announce, Runner, Step
from workers.stack.services import SERVICES, Service, program
from workers.stack.temporal import EmbeddedTemporal
from workers.stack.variables import Addresses

DATABASES = {
    PRIVACY_DATABASE: OWNER,
    BUSINESS_DATABASE: BUSINESS_OWNER,
    BACKOFFICE_DATABASE: BUSINESS_OWNER,
}
"""Every database with its owner."""


def _silent(step: Step) -> None:
    pass


class EmbeddedStack:
    """Every part of an installation on this machine. Use it as an async context manager."""

    def __init__(
        self,
        var_dir: Path,
        *,
        ports: Mapping[str, int] = DEFAULT_PORTS,
        services: tuple[Service, ...] = SERVICES,
        variables: Mapping[str, str] | None = None,
        fill: Fill = fill_business,
        durable: bool = True,
        announce: Announce = _silent,
    ) -> None:
        """Describe a stack whose files stand in `var_dir`.

        `ports` are the first choice for a part's port (an empty mapping means any free ones),
        `variables` win over the variables that services get, `fill` makes the business's tables
        and people unless they are there, `durable=False` trades fsync for speed in tests.
        """
        self.folder = StackFolder(var_dir)
        self._wanted_ports = ports
        self._services = services
        self._overrides = variables or {}
        self._fill = fill
        self._durable = durable
        self._announce = announce
        self._lock = StackLock(self.folder.lock)
        self._pids = PidBook(self.folder.pids)
        self._runner = Runner(self._pids, announce)

    async def __aenter__(self) -> Self:
        """Start every part in order.

        Raises:
            StackError: a part failed; it says which, why, and what to do.
        """
        self.folder.create()
        self._lock.take()
        try:
            await self._up()
        except BaseException:
            await asyncio.shield(self._down())
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.shield(self._down())

    @property
    def addresses(self) -> Addresses:
        """Where the parts are reached."""
        return self.configuration.addresses

    @property
    def ports(self) -> dict[str, int]:
        """The port of each part."""
        return self.configuration.ports

    @property
    def intake_key_file(self) -> Path:
        """File with the API key of the intake client `web-form`."""
        return self.configuration.intake_key_file

    @property
    def intake_api_key(self) -> str:
        """API key of the intake client `web-form`."""
        return self.intake_key_file.read_text()

    @property
    def business(self) -> BusinessPlaces:
        """Where the systems of the business stand."""
        return BusinessPlaces(
            shop=self.postgres.dsn(BUSINESS_DATABASE, BUSINESS_OWNER),
            backoffice=self.postgres.dsn(BACKOFFICE_DATABASE, BUSINESS_OWNER),
            drop=self.folder.drop,
        )

    def settings(self) -> Settings:
        """Return the settings of this stack, with every secret."""
        return self.configuration.settings()

    async def _up(self) -> None:
        self._end_leftovers()
        self.configuration = Configuration(self.folder, self._wanted_ports, self._overrides)
        self._describe_servers()
        await self.start("postgres")
        await self._runner.step("databases", self._prepare_databases)
        await self.start("mail_sink")
        await self.start("temporal")
        await self.temporal.ready_namespace(self.settings())
        self.configuration.write_variables()
        await self._start_services()

    def _end_leftovers(self) -> None:
        for part in self._pids.end_leftovers():
            self._announce(Step(part, "left over, ended"))
        self._pids.note(SUPERVISOR, os.getpid())

    def _describe_servers(self) -> None:
        """Describe PostgreSQL, mail sink and Temporal, without starting them."""
        ports, folder = self.ports, self.folder
        self.postgres = EmbeddedPostgres(
            folder.root,
            ports["postgres"],
            secrets=self.configuration.secrets,
            log=folder.log("postgres"),
            durable=self._durable,
        )
        self.mail = EmbeddedMailSink(
            folder.mail, ports["smtp"], ports["inbox"], log=folder.log("mail_sink")
        )
        self.temporal = EmbeddedTemporal(
            folder.temporal,
            ports["temporal"],
            ports["web_ui"],
            log=folder.log("temporal"),
            codec_endpoint=f"{self.addresses.gateway}/codec",
        )
        self._runner.parts |= {
            "postgres": self.postgres,
            "mail_sink": self.mail,
            "temporal": self.temporal,
        }

    def _prepare_databases(self) -> None:
        server = self.postgres
        server.prepare_roles()
        for database, owner in DATABASES.items():
            if database not in server.databases():
                server.create_database(database, owner)
        self.configuration.write_dsns(server)
        install_database(self.settings())
        self._fill(self.business)

    async def _start_services(self) -> None:
        settings = self.settings()
        for service in self._services:
            environment = self.configuration.environment_of(service)
            part = program(service, self.folder, environment, settings)
            self._runner.parts[service.name] = part
            await self.start(service.name)

    async def start(self, name: str) -> None:
        """Start one part (again) and wait until it is ready; raises StackError."""
        await self._runner.start(name)

    async def stop(self, name: str) -> None:
        """Ask one part to end and wait for it."""
        await self._runner.stop(name)

    async def kill(self, name: str) -> None:
        """End one part at once (SIGKILL); `start` brings it back."""
        await self._runner.kill(name)

    async def lose_temporal(self) -> None:
        """Kill Temporal, remove its database and start it empty, with its namespace prepared.

        Schedules are lost as well; the worker makes them again when it starts.
        """
        await self.kill("temporal")
        self.temporal.wipe()
        await self.start("temporal")
        await self.temporal.ready_namespace(self.settings())

    def pid(self, name: str) -> int:
        """Return the process id of a part."""
        return self._runner.pid(name)

    def running(self) -> list[str]:
        """Return the names of the parts that run, in the order of their start."""
        return self._runner.running()

    async def watch(self) -> None:
        """Start parts again that ended by themselves; never returns.

        Raises:
            StackError: a part ends again and again.
        """
        await self._runner.watch()

    async def _down(self) -> None:
        """Stop every part, last started first, and give the folder back."""
        await self._runner.stop_all()
        self._pids.forget(SUPERVISOR)
        self._lock.release()
        self._announce(Step("stack", "stopped"))
