"""What a letter's link is worth when somebody opens it: known, of use still, pressed before?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from domain import policies
from domain.clocks import local_date
from domain.decisions.inbox import ADDRESS_CONFIRMED
from domain.ids import outside_stream
from domain.links import LinkPurpose
from domain.notice_words import Need
from gateway.parts import GatewayParts
from records import contact, inbox, outbox, tokens
from records.connection import Connection
from records.inbox import Message
from records.outbox import Letter
from records.requests import RegisteredRequest, find
from records.stream_time import stream_time
from records.tokens import Token


@dataclass(frozen=True)
class Link:
    """A known link, its request, and what came in for that request so far."""

    token: Token
    request: RegisteredRequest
    messages: tuple[Message, ...]
    letters: tuple[Letter, ...]
    at: datetime
    """The time in the stream's own workflow."""
    addressed_since: int = 0
    """Letters before this one went to another address, which proves nothing any more."""

    @property
    def expired(self) -> bool:
        """Whether its time is over: a revoked link, or one of a frozen request, has expired."""
        ended = self.token.revoked_at is not None or self.frozen
        return ended or self.at >= self.token.expires_at

    @property
    def frozen(self) -> bool:
        """Whether something of the request reached the wrong person, and nobody gets in."""
        return self.request.frozen_at is not None

    @property
    def today(self) -> date:
        """The company's date."""
        return local_date(self.at, policies.in_force_at(self.request.received_at))

    @property
    def letter(self) -> Letter | None:
        """The letter that asks for something: the link's own, or the last one for its status."""
        if self.token.purpose == LinkPurpose.STATUS:
            asking = [each for each in self.letters if "needs" in each.facts]
            return asking[-1] if asking else None
        return self.own_letter

    @property
    def own_letter(self) -> Letter | None:
        """The letter that brought the link, whatever was written since."""
        key = (self.token.stream, self.token.letter_n)
        return next((each for each in self.letters if (each.stream, each.n) == key), None)

    @property
    def stream(self) -> str:
        """The stream that a press goes to; a link that came after the end is the request's."""
        return stream_of(self.token)

    @property
    def answers(self) -> int:
        """The number of the letter that a press answers."""
        return self.letter.n if self.letter else self.token.letter_n

    def asks(self, need: Need) -> bool:
        """Whether its letter asked the reader for something."""
        return self.letter is not None and need in self.letter.facts.get("needs", ())

    def gave(self, kind: str) -> bool:
        """Whether a message of ``kind`` answered that letter, or a later one."""
        n = self.letter.n if self.letter else 0
        answers = [one for one in self.own_messages if one.kind == kind]
        return any(one.facts.get("letter", 0) >= n for one in answers)

    def came(self, kind: str) -> bool:
        """Whether a message of ``kind`` came for the link's stream, by this link or another."""
        return any(message.kind == kind for message in self.own_messages)

    @property
    def own_messages(self) -> tuple[Message, ...]:
        """What came for the link's stream, oldest first; what another address proved is gone."""
        return tuple(
            one for one in self.messages if one.stream == self.stream and not self._is_outdated(one)
        )

    def _is_outdated(self, message: Message) -> bool:
        proved_by = message.facts.get("letter", self.addressed_since)
        return message.kind == ADDRESS_CONFIRMED and proved_by < self.addressed_since

    @property
    def pressed(self) -> Message | None:
        """The message that used the link up."""
        key = self.token.once_key
        return next((message for message in self.messages if message.once_key == key), None)


@asynccontextmanager
async def connection_of(parts: GatewayParts) -> AsyncIterator[asyncpg.Connection]:
    """Borrow a connection for a moment; the database has as long as the settings say."""
    async with asyncio.timeout(parts.settings.database_seconds), parts.pool.acquire() as connection:
        yield connection


async def find_link(
    connection: Connection, plaintext: str, purposes: frozenset[LinkPurpose], now: datetime
) -> Link | None:
    """Return the link whose token this is, if it is for one of ``purposes``.

    Expiry is judged by business time.
    """
    token = await tokens.look_up(connection, plaintext)
    if token is None or token.purpose not in purposes:
        return None
    return await link_of(connection, token, now)


async def link_of(connection: Connection, token: Token, now: datetime) -> Link | None:
    """Return everything that a token's page is made of."""
    request = await find(connection, token.request_id)
    if request is None:
        return None
    return Link(
        token=token,
        request=request,
        messages=tuple(await inbox.of_request(connection, token.request_id)),
        letters=await _letters(connection, token),
        at=await stream_time(connection, token.stream, now),
        addressed_since=await contact.addressed_since(connection, stream_of(token)),
    )


def stream_of(token: Token) -> str:
    """Return the stream that a link acts in: after the end of a request still the request's."""
    outside = token.stream == outside_stream(token.request_id)
    return token.request_id if outside else token.stream


async def _letters(connection: Connection, token: Token) -> tuple[Letter, ...]:
    streams = dict.fromkeys((stream_of(token), token.stream))
    return tuple([one for each in streams for one in await outbox.of_stream(connection, each)])
