"""New links to closed requests: noted in the outside stream, handed over by the sweep."""

from datetime import datetime

import asyncpg

from activities.direction_streams import read_request
from activities.letters import Letters
from activities.recording import Recording
from domain import events as e
from domain import policies
from domain.decisions.inbox import new_link
from domain.ids import outside_stream, request_of
from records import contact, ledger, outbox
from records.inbox import Message
from records.stream_time import stream_time
from records.submissions import submission_of
from records.vault import Vault, VaultError
from workflows import exchange as x


class LateLinks:
    """Sends what no workflow is left to send, for as long as the request's record is kept."""

    def __init__(
        self, pool: asyncpg.Pool, vault: Vault, recording: Recording, letters: Letters
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._recording = recording
        self._letters = letters

    async def can_send(self, message: Message) -> bool:
        """Tell whether there is an address to mail to: one that was not destroyed, nor on paper."""
        async with self._pool.acquire() as conn:
            try:
                submission = await submission_of(conn, self._vault, message.request_id)
                return not await contact.goes_by_post(
                    conn, self._vault, message.request_id, submission
                )
            except VaultError:
                return False

    async def send(self, message: Message, now: datetime) -> None:
        """Order the letter with a new link that was asked for after the end, and hand it over."""
        async with self._pool.acquire() as conn:
            state = await read_request(conn, message.request_id)
            at = await stream_time(conn, message.request_id, now)
        letter = new_link(state, policies.get(state.pinned), message.facts, at)
        stream = outside_stream(message.request_id)
        await self._note(stream, at, e.StatusLinkRequested(inbox=message.row_id), letter)
        await self.hand_over(stream, now)

    async def waiting(self, older_than: datetime) -> list[str]:
        """Name the outside streams of which letters wait since before an instant."""
        async with self._pool.acquire() as conn:
            unsent = await outbox.unsent_before(conn, older_than, ending=outside_stream(""))
        return list(dict.fromkeys(letter.stream for letter in unsent))

    async def hand_over(self, stream: str, now: datetime) -> None:
        """Hand over the letters of an outside stream that wait, and note the server's word."""
        async with self._pool.acquire() as conn:
            unsent = tuple(letter.n for letter in await outbox.unsent(conn, stream))
            state = await read_request(conn, request_of(stream))
            at = await stream_time(conn, stream, now)
        asked = x.DispatchLetters(stream=stream, letters=unsent, policy=state.pinned, now=at)
        for word in (await self._letters.dispatch_letters(asked)).letters:
            if word.result == "accepted":
                sent = e.NoticeSent(letter=word.letter, accepted_at=word.at)
                await self._note(stream, word.at, sent)
            elif word.result == "refused":
                refused = e.NoticeRefused(letter=word.letter, reply_code=word.reply_code)
                await self._note(stream, word.at, refused)

    async def _note(self, stream: str, at: datetime, *events: e.Event) -> None:
        async with self._pool.acquire() as conn:
            head = await ledger.head(conn, stream)
        documents = tuple(
            e.Recorded(n=n, at=at, event=event).document(stream)
            for n, event in enumerate(events, start=head.n + 1)
        )
        await self._recording.record(
            x.Record(stream=stream, expected_head=head.hash, documents=documents)
        )
