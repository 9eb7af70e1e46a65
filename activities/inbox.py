"""Reading what came from outside: the row, never the signal, is what counts."""

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from records import inbox
from workflows import exchange as x
from workflows import steps


class Inbox:
    """Reads verified messages for the workflow of their stream."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @activity.defn(name=steps.READ_INBOX.name)
    async def read_inbox(self, asked: x.ReadInbox) -> x.InboxItem:
        """Return a message's kind and facts, without anything personal.

        Raises:
            ApplicationError: there is no such message for this stream; never retried.
        """
        async with self._pool.acquire() as conn:
            message = await inbox.read(conn, asked.row)
        if message is None or message.stream != asked.stream:
            raise ApplicationError(
                f"{asked.stream} has no message {asked.row}; only the gateway signals messages.",
                type="NoSuchMessage",
                non_retryable=True,
            )
        return item_of(message)


def item_of(message: inbox.Message) -> x.InboxItem:
    """Return what a workflow is told of a message."""
    return x.InboxItem(
        row=message.row_id,
        kind=message.kind,
        at=message.received_at,
        facts=message.facts | {"evidence_hash": message.evidence_hash or ""},
    )
