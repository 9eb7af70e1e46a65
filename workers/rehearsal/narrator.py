"""Tells a demonstration step by step: a live line in a terminal, plain lines elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console


class StepFailed(Exception):
    """A step of the demonstration did not come about; says which, why and what to do."""


class Narrator:
    """Speaks about one request at a time."""

    def __init__(self, console: Console, zone: ZoneInfo) -> None:
        self._console = console
        self._zone = zone
        self._began: datetime | None = None

    def story(self, title: str) -> None:
        """Begin a story."""
        self._began = None
        self._console.print()
        self._console.rule(f"[bold]{title}", align="left")

    def received(self, at: datetime) -> None:
        """Count the days of the story from here."""
        self._began = at

    def say(self, line: str, at: datetime | None = None) -> None:
        """Say one line, with the request's own day and time."""
        self._console.print(f"{self._day(at)}{line}", highlight=False, soft_wrap=True)

    @asynccontextmanager
    async def step(self, what: str) -> AsyncIterator[None]:
        """Name what is being done while it is; a failure in it names it, too.

        Raises:
            StepFailed: with the cause behind it.
        """
        status = self._console.status(what) if self._console.is_terminal else None
        if status:
            status.start()
        try:
            yield
        except Exception as fault:
            raise StepFailed(
                f"The step '{what}' failed: {fault}\n"
                "What to do: read the logs in var/demo/logs, mend the cause, run make demo again."
            ) from fault
        finally:
            if status:
                status.stop()

    def _day(self, at: datetime | None) -> str:
        """Say the day after receipt, and date and time where the company is."""
        if at is None or self._began is None:
            return " " * 26
        here = at.astimezone(self._zone)
        day = (here.date() - self._began.astimezone(self._zone).date()).days
        return f"day {day:>2}  {here:%Y-%m-%d %H:%M}  "
