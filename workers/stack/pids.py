"""Which processes a stack has started, so that the next start ends exactly what was left over."""

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil
from pydantic import BaseModel, ConfigDict, TypeAdapter

from workers.stack.errors import StackError

SUPERVISOR = "supervisor"
START_TOLERANCE_SECONDS = 1.0
GRACE_SECONDS = 20


class Started(BaseModel):
    """One process that was started: its id alone may belong to somebody else by now."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started_at: float
    stop_signal: int = signal.SIGTERM

    def process(self) -> psutil.Process | None:
        """Return the process if it still runs: same id and same start time."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at) < START_TOLERANCE_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


_STARTED = TypeAdapter(dict[str, Started])


class PidBook:
    """The file `pids.json` of one stack: part → process."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._started: dict[str, Started] = {}

    def note(self, part: str, pid: int, stop_signal: int = signal.SIGTERM) -> None:
        """Remember that a part runs as process `pid`."""
        started_at = psutil.Process(pid).create_time()
        self._started[part] = Started(pid=pid, started_at=started_at, stop_signal=stop_signal)
        self._write()

    def forget(self, part: str) -> None:
        """Remember that a part has ended."""
        self._started.pop(part, None)
        self._write()

    def read(self) -> dict[str, Started]:
        """Return what an earlier or another supervisor wrote; nothing when it is unreadable."""
        try:
            return _STARTED.validate_json(self._file.read_bytes())
        except (OSError, ValueError):
            return {}

    def end_leftovers(self) -> list[str]:
        """End what an earlier stack left running, last started first; return the parts' names."""
        left = [(part, one.process(), one.stop_signal) for part, one in self._leftovers()]
        running = [(part, process, number) for part, process, number in left if process]
        for _, process, number in running:
            _end(process, number)
        self._write()
        return [part for part, _, _ in running]

    def _leftovers(self) -> Iterator[tuple[str, Started]]:
        started = self.read()
        started.pop(SUPERVISOR, None)
        return reversed(started.items())

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        plain = {part: one.model_dump() for part, one in self._started.items()}
        fresh.write_text(json.dumps(plain, indent=2) + "\n")
        fresh.rename(self._file)


def _end(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
        process.wait(GRACE_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(GRACE_SECONDS)
    except psutil.NoSuchProcess:
        return


class StackLock:
    """Held by the supervisor while it lives, so that two never share one folder."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: IO[str] | None = None

    def take(self) -> None:
        """Take the lock.

        Raises:
            StackError: a running supervisor holds it.
        """
        handle = self._file.open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise StackError(
                "stack",
                f"another process already runs the stack in {self._file.parent}",
                "use that one, or stop it first (Ctrl-C there, or `privacy down`)",
            ) from None
        self._handle = handle

    def release(self) -> None:
        """Give the lock back."""
        if self._handle:
            self._handle.close()
            self._handle = None


def end_supervisor(book: PidBook) -> bool:
    """End the supervisor that wrote the book, if it runs and is not us; return whether it did."""
    started = book.read().get(SUPERVISOR)
    process = started.process() if started and started.pid != os.getpid() else None
    if process is None:
        return False
    _end(process, signal.SIGTERM)
    return True
