"""Takes the inbox rows that signals name, in order; what nobody vouches for is read."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ActivityError

from domain import poison
from domain.waiting_message import Waiting, waiting
from workflows import exchange as x
from workflows import steps
from workflows.journal import Journal


class InboxReader:
    """Takes notes of rows, reads each once, and hands its content over."""

    def __init__(
        self,
        journal: Journal[Any],
        handle: Callable[[x.InboxItem], object],
        refuse: Callable[[], None],
        park: Callable[[int, str], None],
    ) -> None:
        """``park`` puts a row aside that cannot be read, for a reason."""
        self._journal = journal
        self._handle = handle
        self._refuse = refuse
        self._park = park
        self._waiting: list[Waiting] = []

    def note(self, payloads: Sequence[Any]) -> None:
        """Take note of a signal; one that names no row is refused."""
        message = waiting(self._journal.stream, payloads)
        if message is None:
            self._refuse()
        else:
            self._waiting.append(message)

    def note_item(self, item: x.InboxItem) -> None:
        """Take note of a row that a step of our own has written."""
        self._waiting.append(Waiting(item.row, item.model_dump(mode="json")))

    async def read(self) -> None:
        """Read for as long as the workflow lives, once its stream has begun."""
        while True:
            await workflow.wait_condition(lambda: bool(self._waiting) and self._journal.state.n > 0)
            message = self._waiting.pop(0)
            if message.row not in self._journal.state.inbox_seen:
                await self._read(message)

    async def _read(self, message: Waiting) -> None:
        try:
            item = await content(self._journal.stream, message)
        except ActivityError:
            self._refuse()
        else:
            self._take(item)

    def _take(self, item: x.InboxItem) -> None:
        try:
            self._handle(item)
        except poison.UNREADABLE as fault:
            self._park(item.row, poison.reason_of(fault))


async def content(stream: str, message: Waiting) -> x.InboxItem:
    """Return what a row says: as one of our processes told it, or as the database has it.

    Raises:
        ActivityError: the stream has no such row.
    """
    if message.item is not None:
        with suppress(ValidationError):
            return x.InboxItem.model_validate({**message.item, "row": message.row})
    asked = x.ReadInbox(stream=stream, row=message.row)
    return await steps.READ_INBOX(asked, f"read message {message.row}")
