"""One child process: started on a leash, logged to a file, stopped or killed by its id."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from workers.stack import leash
from workers.stack.account import Account
from workers.stack.errors import StackError

POLL_SECONDS = 0.03
FOREIGN = ("PRIVACY_", "SAMPLE_", "TEMPORAL_", "PG")
"""Variables meant for other installations of the same programs."""


def own_environment() -> dict[str, str]:
    """Return this process's environment without what would redirect the parts of a stack."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


class ChildProcess:
    """A program of the stack, run in a session of its own and ended with its parent."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        account: Account | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self.command = list(command)
        self._environment = own_environment() if environment is None else environment
        self._stop_signal = stop_signal
        self._account = account
        self._folder = folder
        self._said_before = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program, appending its output to the log. Call from a thread that stays."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._said_before = output.tell()
            self._process = subprocess.Popen(
                self._leashed(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self._environment),
                cwd=self._folder,
                start_new_session=True,
            )

    def _leashed(self) -> list[str]:
        user, group = self._account or ("-", "-")
        tether = [str(os.getpid()), str(int(self._stop_signal)), str(user), str(group)]
        return [sys.executable, "-I", "-S", leash.__file__, *tether, *self.command]

    @property
    def pid(self) -> int:
        """The process id; raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError(f"{self.name} has not been started; call start() first.")
        return self._process.pid

    @property
    def started_at(self) -> float:
        """When the operating system started the process (seconds since the epoch)."""
        return psutil.Process(self.pid).create_time()

    @property
    def running(self) -> bool:
        """Whether the process has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def said(self, words: str) -> bool:
        """Tell whether the program has logged these words since its latest start."""
        with self.log.open("rb") as log:
            log.seek(self._said_before)
            return words.encode() in log.read()

    @property
    def exit_code(self) -> int | None:
        """The exit code, None while it runs or before it started."""
        return self._process.poll() if self._process else None

    def stop(self, grace_seconds: float = 15) -> int | None:
        """Ask the program to end, kill it when it does not; return its exit code."""
        if self._process is None:
            return None
        if self.running:
            self._process.send_signal(self._stop_signal)
        return self._reap(grace_seconds)

    def kill(self) -> int | None:
        """End the process at once (SIGKILL) and return its exit code."""
        if self._process is None:
            return None
        self._process.kill()
        return self._process.wait()

    def _reap(self, grace_seconds: float) -> int:
        assert self._process is not None
        try:
            return self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal that asks the program to end."""
        return self._stop_signal

    def wait_until(self, ready: Callable[[], bool], *, seconds: float, advice: str) -> None:
        """Block until `ready()` holds.

        Raises:
            StackError: the process ended first, or was not ready in time.
        """
        limit = time.monotonic() + seconds
        while not ready():
            self.check_running(advice)
            if time.monotonic() > limit:
                raise StackError(self.name, f"not ready after {seconds:g} s", advice, self.log)
            time.sleep(POLL_SECONDS)

    def check_running(self, advice: str) -> None:
        """Raise StackError when the process has ended."""
        if not self.running:
            raise StackError(self.name, f"ended with code {self.exit_code}", advice, self.log)
