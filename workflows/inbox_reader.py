"""Reads the inbox rows that signals name, in order: the row counts, never the signal (4b)."""

from collections.abc import Callable, Sequence
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from domain import poison
from domain.waiting_message import row_of
from workflows import exchange as x
from workflows import steps
from workflows.journal import Journal


class InboxReader:
    """Takes notes of rows, reads each once, and hands its content over."""

    def __init__(
        self,
        journal: Journal[Any],
        handle: Callable[[x.InboxItem], None],
        refuse: Callable[[], None],
        park: Callable[[int, str], None],
    ) -> None:
        """``park`` puts a row aside that cannot be read, for a reason."""
        self._journal = journal
        self._handle = handle
        self._refuse = refuse
        self._park = park
        self._rows: list[int] = []

    def note(self, payloads: Sequence[Any]) -> None:
        """Take note of a signal; one that names no row is refused."""
        row = row_of(payloads)
        if row is None:
            self._refuse()
        else:
            self._rows.append(row)

    def note_row(self, row: int) -> None:
        """Take note of a row that a step of our own has written."""
        self._rows.append(row)

    async def read(self) -> None:
        """Read for as long as the workflow lives, once its stream has begun."""
        while True:
            await workflow.wait_condition(lambda: bool(self._rows) and self._journal.state.n > 0)
            row = self._rows.pop(0)
            if row not in self._journal.state.inbox_seen:
                await self._read(row)

    async def _read(self, row: int) -> None:
        asked = x.ReadInbox(stream=self._journal.stream, row=row)
        try:
            item = await steps.READ_INBOX(asked, f"read message {row}")
        except ActivityError:
            self._refuse()
        else:
            self._take(item)

    def _take(self, item: x.InboxItem) -> None:
        try:
            self._handle(item)
        except poison.UNREADABLE as fault:
            self._park(item.row, poison.reason_of(fault))
