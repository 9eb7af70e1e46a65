"""Writing events to the ledger, with everything of ours that they cause, in one transaction."""

import json
from typing import Any

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain import events as e
from domain.chain import canonical
from domain.ids import request_of
from records import inbox, ledger, outbox, requests, tokens
from records.connection import Connection
from records.vault import Vault
from workflows import exchange as x
from workflows import steps


class Recording:
    """The one way into the ledger for workflows."""

    def __init__(self, pool: asyncpg.Pool, vault: Vault, mail_domain: str) -> None:
        self._pool = pool
        self._vault = vault
        self._mail_domain = mail_domain

    @activity.defn(name=steps.RECORD.name)
    async def record(self, asked: x.Record) -> x.RecordedHead:
        """Append events and write what they cause; a retry of the same events changes nothing.

        Raises:
            ApplicationError: of type ``LedgerConflict``, never retried.
        """
        entries = [ledger.Entry(doc["n"], canonical(doc)) for doc in asked.documents]
        async with self._pool.acquire() as conn, conn.transaction():
            try:
                head = await ledger.append(conn, asked.stream, asked.expected_head, entries)
            except ledger.LedgerConflict as conflict:
                raise ApplicationError(
                    str(conflict), type=steps.LEDGER_CONFLICT, non_retryable=True
                ) from None
            for document in asked.documents:
                await self._cause(conn, asked.stream, e.Recorded.from_document(document))
            if asked.projection is not None:
                await requests.project(conn, asked.stream, _columns(asked.projection))
        return x.RecordedHead(head=head)

    async def _cause(self, conn: Connection, stream: str, recorded: e.Recorded) -> None:
        event: Any = recorded.event
        if isinstance(event, e.NoticeRequested):
            await self._put_in_outbox(conn, stream, recorded.n, event, recorded)
        elif isinstance(event, e.LetterRetried):
            await outbox.requeue(conn, stream, event.letter)
        elif "inbox" in type(event).model_fields:
            await inbox.mark_delivered(conn, event.inbox)

    async def _put_in_outbox(
        self,
        conn: Connection,
        stream: str,
        n: int,
        event: e.NoticeRequested,
        recorded: e.Recorded,
    ) -> None:
        is_new = await outbox.add(
            conn,
            stream=stream,
            n=n,
            request_id=request_of(stream),
            notice=event.notice,
            audience=event.audience,
            facts=event.facts,
            domain=self._mail_domain,
            requested_at=recorded.at,
        )
        if is_new and event.links and event.links_expire_at:
            await self._make_links(conn, stream, n, event)

    async def _make_links(
        self, conn: Connection, stream: str, n: int, event: e.NoticeRequested
    ) -> None:
        """Draw a token for each link; the ledger and the table of tokens never see it in clear."""
        assert event.links_expire_at is not None
        request_id = request_of(stream)
        plain = {
            link: await tokens.issue(conn, request_id, stream, link, event.links_expire_at, n)
            for link in event.links
        }
        kind = links_kind(stream)
        await self._vault.put(conn, request_id, kind, json.dumps(plain).encode(), n)


def links_kind(stream: str) -> str:
    """Name the vault's kind of the tokens of a stream's letters."""
    return "links" + stream.removeprefix(request_of(stream))


def _columns(projection: x.Projection) -> requests.Projection:
    return requests.Projection(
        **projection.model_dump(exclude={"closed"}),
        closed_at=projection.business_time if projection.closed else None,
    )
