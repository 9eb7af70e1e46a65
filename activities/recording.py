"""Writing events to the ledger, with everything of ours that they cause, in one transaction."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.consequences import CONSEQUENCES
from domain import events as e
from domain.chain import canonical
from domain.ids import request_of
from domain.links import LinkPurpose
from domain.notice_words import Reader
from domain.submission import Submission
from records import contact, inbox, ledger, outbox, requests, tokens, webhooks
from records.connection import Connection
from records.keyring import Keyring
from records.vault import Vault
from workflows import exchange as x
from workflows import steps

log = structlog.get_logger("activities.recording")


async def leave_it() -> None:
    """Leave what was noted to the schedule."""


class Recording:
    """The one way into the ledger for workflows."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        mail_domain: str,
        people: Keyring,
        tell: Callable[[], Awaitable[None]] = leave_it,
    ) -> None:
        """``people`` holds the keys of the hashes by which requesters are recognised.

        ``tell`` has intake systems told of a noted change at once; a schedule does it anyway.
        """
        self._pool = pool
        self._vault = vault
        self._mail_domain = mail_domain
        self._people = people
        self._tell = tell

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
            noted = asked.projection is not None and await self._project(conn, asked)
        if noted:
            await self._tell_of_change()
        return x.RecordedHead(head=head)

    async def _project(self, conn: Connection, asked: x.Record) -> bool:
        """Write where the request stands; tell whether an intake system is to hear of it."""
        assert asked.projection is not None
        await requests.project(conn, asked.stream, _columns(asked.projection))
        return await webhooks.note_change(conn, asked.stream)

    async def _tell_of_change(self) -> None:
        try:
            await self._tell()
        except Exception as fault:
            log.warning("left_to_the_schedule", what="webhooks", fault=type(fault).__name__)

    async def _cause(self, conn: Connection, stream: str, recorded: e.Recorded) -> None:
        event: Any = recorded.event
        if isinstance(event, e.NoticeRequested):
            await self._put_in_outbox(conn, stream, recorded.n, event, recorded)
        elif isinstance(event, e.ContactCorrected):
            await contact.correct(conn, self._vault, self._people, request_of(stream), event.row)
            await tokens.revoke(conn, request_of(stream), recorded.at)
        elif isinstance(event, e.NoticeSent):
            await outbox.mark_posted(conn, stream, event.letter, posted_at=event.accepted_at)
        elif isinstance(event, e.LetterRetried):
            await outbox.requeue(conn, stream, event.letter)
        elif isinstance(event, e.LetterResent | e.LetterSwitched):
            await self._put_again(conn, stream, recorded.n, event.letter, recorded)
        elif consequence := CONSEQUENCES.get(type(event)):
            await consequence(conn, stream, recorded, event)
        elif "inbox" in type(event).model_fields:
            await inbox.mark_delivered(conn, event.inbox)

    async def _put_again(
        self, conn: Connection, stream: str, n: int, letter: int, recorded: e.Recorded
    ) -> None:
        """Put a letter in the outbox once more, with links of its own that end as the first did."""
        first = await outbox.find(conn, stream, letter)
        assert first is not None, "a letter in the ledger is in the outbox"
        purposes, end = await tokens.of_letter(conn, stream, letter)
        again = e.NoticeRequested(
            notice=first.notice,
            audience=first.audience,
            facts=first.facts,
            links=tuple(LinkPurpose(each) for each in purposes),
            links_expire_at=end,
        )
        await self._put_in_outbox(conn, stream, n, again, recorded)

    async def _put_in_outbox(
        self,
        conn: Connection,
        stream: str,
        n: int,
        event: e.NoticeRequested,
        recorded: e.Recorded,
    ) -> None:
        channel = await self._channel(conn, stream, event)
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
            channel=channel,
        )
        if is_new and event.links and event.links_expire_at:
            await self._make_links(conn, stream, n, event, printed=channel == "post")

    async def _channel(
        self, conn: Connection, stream: str, event: e.NoticeRequested
    ) -> outbox.Channel:
        """Tell how a letter goes out: on paper to whom no mail reaches (NOT-07)."""
        if event.audience != "consumer":
            return "email"
        request_id = request_of(stream)
        body = await self._vault.get(conn, request_id, requests.SUBMISSION)
        submission = Submission.model_validate_json(body)
        if submission.agent and event.facts.get("reader") == Reader.REQUESTER:
            return "email"
        by_post = await contact.goes_by_post(conn, self._vault, request_id, submission)
        return "post" if by_post else "email"

    async def _make_links(
        self, conn: Connection, stream: str, n: int, event: e.NoticeRequested, *, printed: bool
    ) -> None:
        """Draw a token for each link; the ledger and the table of tokens never see it in clear."""
        assert event.links_expire_at is not None
        request_id = request_of(stream)
        plain = {
            link: await tokens.issue(
                conn, request_id, stream, link, event.links_expire_at, n, printed=printed
            )
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
