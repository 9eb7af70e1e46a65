"""What the supervisor needs of each part: launch it, ask whether it is ready, end it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from workers.stack.process import ChildProcess


class Part(Protocol):
    """One program of the stack."""

    launches: int
    """How often a launch is tried before the part counts as failed."""

    @property
    def process(self) -> ChildProcess:
        """The child process; it can be started again after it has ended."""

    def prepare(self) -> None:
        """Do what may take long before the launch; may run in another thread."""

    def launch(self) -> None:
        """Start the program without waiting for it; call it from a thread that stays."""

    def ready(self) -> bool:
        """Tell whether the program does its work; may block for a moment."""


class Program:
    """A part of ours: a Python module in a process of its own."""

    launches = 1

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        folder: Path,
        is_ready: Callable[[ChildProcess], bool],
    ) -> None:
        self.process = ChildProcess(name, command, log=log, environment=environment, folder=folder)
        self._is_ready = is_ready

    def prepare(self) -> None:
        """Nothing is to be done before the launch."""

    def launch(self) -> None:
        """Start the program."""
        self.process.start()

    def ready(self) -> bool:
        """Tell whether the program does its work."""
        return self.process.running and self._is_ready(self.process)
