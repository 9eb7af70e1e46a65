"""Letters that events ask for: put in the outbox, each with links of its own."""

import json

from domain import events as e
from domain.ids import request_of
from domain.links import LinkPurpose
from domain.notice_words import Reader
from records import contact, outbox, tokens
from records.connection import Connection
from records.submissions import submission_of
from records.vault import Vault


class LetterOrders:
    """Puts a letter in the outbox once, however often its event is written."""

    def __init__(self, vault: Vault, mail_domain: str) -> None:
        """``mail_domain`` ends the Message-ID of each letter."""
        self._vault = vault
        self._mail_domain = mail_domain

    async def place(
        self, conn: Connection, stream: str, recorded: e.Recorded, event: e.NoticeRequested
    ) -> None:
        """Put a letter in the outbox under the number of the event that asks for it."""
        channel = await self._channel(conn, stream, event)
        is_new = await outbox.add(
            conn,
            stream=stream,
            n=recorded.n,
            request_id=request_of(stream),
            notice=event.notice,
            audience=event.audience,
            facts=event.facts,
            domain=self._mail_domain,
            requested_at=recorded.at,
            channel=channel,
        )
        if is_new and event.links and event.links_expire_at:
            await self._make_links(conn, stream, recorded.n, event, printed=channel == "post")

    async def place_again(
        self,
        conn: Connection,
        stream: str,
        recorded: e.Recorded,
        event: e.LetterResent | e.LetterSwitched,
    ) -> None:
        """Put a letter in the outbox once more, with links of its own that end as the first did."""
        first = await outbox.find(conn, stream, event.letter)
        assert first is not None, "a letter in the ledger is in the outbox"
        purposes, end = await tokens.of_letter(conn, stream, event.letter)
        again = e.NoticeRequested(
            notice=first.notice,
            audience=first.audience,
            facts=first.facts,
            links=tuple(LinkPurpose(each) for each in purposes),
            links_expire_at=end,
        )
        await self.place(conn, stream, recorded, again)

    async def _channel(
        self, conn: Connection, stream: str, event: e.NoticeRequested
    ) -> outbox.Channel:
        """Tell how a letter goes out: on paper to whom no mail reaches (NOT-07)."""
        if event.audience != "consumer":
            return "email"
        request_id = request_of(stream)
        submission = await submission_of(conn, self._vault, request_id)
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
