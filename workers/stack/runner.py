"""Runs named parts: starts them until ready, stops, kills and watches them."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from workers.stack.errors import StackError
from workers.stack.part import Part
from workers.stack.pids import PidBook

READY_SECONDS = 90
POLL_SECONDS = 0.1
WATCH_SECONDS = 0.5
RELAUNCH_SECONDS = 0.5
STOP_SECONDS = 25
RESTARTS = 5
RESTART_WINDOW_SECONDS = 60
ADVICE = "read the log, correct the cause and start again"


class Step(NamedTuple):
    """What is being done: a part, what happens to it, and after how many seconds."""

    part: str
    what: str
    seconds: float = 0.0


Announce = Callable[[Step], None]


class Runner:
    """The parts of one stack in the order of their start."""

    def __init__(self, pids: PidBook, announce: Announce) -> None:
        self.parts: dict[str, Part] = {}
        self._pids = pids
        self._announce = announce
        self._expected: set[str] = set()
        self._restarts: dict[str, list[float]] = {}

    async def start(self, name: str) -> None:
        """Start one part (again) and wait until it is ready.

        Raises:
            StackError: it ended, or was not ready in time.
        """
        part = self.parts[name]
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

    async def step(self, name: str, work: Callable[[], None]) -> None:
        """Do some work that is no process, in another thread, and announce it."""
        began = time.monotonic()
        self._announce(Step(name, "starting"))
        await asyncio.to_thread(work)
        self._announce(Step(name, "ready", time.monotonic() - began))

    async def stop(self, name: str) -> None:
        """Ask one part to end and wait for it."""
        self._expected.discard(name)
        await asyncio.to_thread(self.parts[name].process.stop, STOP_SECONDS)
        self._pids.forget(name)

    async def kill(self, name: str) -> None:
        """End one part at once (SIGKILL); `start` brings it back."""
        self._expected.discard(name)
        await asyncio.to_thread(self.parts[name].process.kill)
        self._pids.forget(name)

    def pid(self, name: str) -> int:
        """Return the process id of a part."""
        return self.parts[name].process.pid

    def running(self) -> list[str]:
        """Return the names of the parts that run."""
        return [name for name, part in self.parts.items() if part.process.running]

    async def watch(self) -> None:
        """Start parts again that ended by themselves; never returns.

        Raises:
            StackError: a part ends again and again.
        """
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for name, part in self.parts.items():
                if name in self._expected and not part.process.running:
                    await self._restart(name)

    async def _restart(self, name: str) -> None:
        process = self.parts[name].process
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

    async def stop_all(self) -> None:
        """Stop every part that runs, last started first."""
        for name, part in reversed(self.parts.items()):
            if part.process.running:
                self._announce(Step(name, "stopping"))
                await self.stop(name)
