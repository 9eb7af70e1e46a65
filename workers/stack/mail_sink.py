"""The embedded mail server as a process, and a client of its JSON interface."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from workers.settings import PROJECT
from workers.stack.errors import StackError
from workers.stack.ports import LOOPBACK, accepts
from workers.stack.process import ChildProcess

READY_SECONDS = 20
ADVICE = "read the log, then start again"


class EmbeddedMailSink:
    """Takes every letter, delivers none, and shows them on a page."""

    launches = 1

    def __init__(self, folder: Path, smtp_port: int, http_port: int, *, log: Path) -> None:
        self.smtp_port = smtp_port
        self.http_port = http_port
        command = [sys.executable, "-m", "workers.stack.mailbox", str(folder)]
        self.process = ChildProcess(
            "mail sink", [*command, str(smtp_port), str(http_port)], log=log, folder=PROJECT
        )

    @property
    def url(self) -> str:
        """Address of the inbox page and of the JSON interface, without a trailing slash."""
        return f"http://{LOOPBACK}:{self.http_port}"

    def start(self) -> ChildProcess:
        """Start the server and wait until SMTP and HTTP accept connections."""
        self.launch()
        self.process.wait_until(self.ready, seconds=READY_SECONDS, advice=ADVICE)
        return self.process

    def stop(self) -> None:
        """Stop the server."""
        self.process.stop()

    def prepare(self) -> None:
        """Nothing is to be done before the launch."""

    def launch(self) -> None:
        """Start the server."""
        self.process.start()

    def ready(self) -> bool:
        """Tell whether both ports accept connections."""
        return accepts(self.smtp_port) and accepts(self.http_port)

    def messages(self, to: str | None = None) -> list[dict[str, Any]]:
        """Return the index entries of messages, oldest first: id, to, subject, message_id, …"""
        found: list[dict[str, Any]] = self._call("GET", "/messages", params={"to": to}).json()
        return found

    def message(self, message_id: str) -> dict[str, Any]:
        """Return one message opened: its index entry, headers, text and html."""
        opened: dict[str, Any] = self._call("GET", f"/messages/{message_id}").json()
        return opened

    def letters(self, to: str | None = None) -> list[dict[str, Any]]:
        """Return messages opened, oldest first."""
        return [self.message(entry["id"]) for entry in self.messages(to)]

    async def wait_for(self, to: str, count: int = 1, seconds: float = 20) -> list[dict[str, Any]]:
        """Return the messages to an address, opened, as soon as there are `count`.

        Raises:
            StackError: they did not come in time.
        """
        limit = time.monotonic() + seconds
        while len(found := self.messages(to)) < count:
            if time.monotonic() > limit:
                raise StackError(
                    "mail sink",
                    f"{len(found)} of {count} letters after {seconds:g} s",
                    "look at the worker's log and at the outbox",
                )
            await asyncio.sleep(0.05)
        return self.letters(to)

    def fail(self, **fault: object) -> None:
        """Switch a fault on: `reply=, at=, to=, count=`, or `kind="lose_answer"`, or `"down"`."""
        self._call("POST", "/faults", json=fault)

    def reset(self) -> None:
        """Remove every message and switch every fault off."""
        self._call("DELETE", "/faults")
        self._call("DELETE", "/messages")

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        params = {name: v for name, v in (options.pop("params", None) or {}).items() if v}
        answer = httpx.request(method, self.url + path, params=params, trust_env=False, **options)
        return answer.raise_for_status()
