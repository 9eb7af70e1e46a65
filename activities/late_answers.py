"""Keeping what came after a workflow had ended, and looking at what its request has told."""

from datetime import datetime

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.direction_streams import (
    first_last_words,
    late_words,
    read_direction,
    read_events,
    read_request,
    rebuilt,
)
from domain import poison, policies
from domain.decisions.direction import known_of
from domain.decisions.late_answer import tells_itself
from domain.direction import LAST_WORDS, DirectionState
from domain.ids import outside_stream, request_of
from domain.late_answer import LateAnswerState
from domain.outside import LateAcknowledgementStored, LateMessageStored
from domain.state import RequestState
from domain.vocabulary import ProviderStanding
from records import inbox, ledger
from records.connection import Connection
from records.inbox import Message
from records.outside import note_outside
from records.stream_time import stream_time
from workflows import directing


class LateAnswers:
    """Keeps late answers, each once."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @activity.defn(name=directing.STORE_LATE.name)
    async def store_late_acknowledgement(self, asked: directing.StoreLate) -> directing.LateWord:
        """Put a late answer into the request's outside stream, unless it stands there already.

        Raises:
            ApplicationError: there is no such answer; never retried.
        """
        request_id = request_of(asked.direction)
        async with self._pool.acquire() as conn:
            message = await _message(conn, asked)
            await _must_be_readable(conn, message, asked.now)
            direction = await _direction(conn, asked.direction)
            request = await read_request(conn, request_id)
            at = await stream_time(conn, asked.direction, asked.now)
            word = _word(message, direction, at)
            earlier = await _store(conn, request_id, word, at)
            state, head = await _so_far(conn, asked.stream)
        return _late_word(asked, request, direction, word, earlier, state, head)

    @activity.defn(name=directing.LOOK_AT_REQUEST.name)
    async def look_at_request(self, asked: directing.LookAtRequest) -> directing.LookedAt:
        """Return a request by the ledger once it is closed, or that it writes itself."""
        async with self._pool.acquire() as conn:
            request = await read_request(conn, asked.request_id)
        return directing.LookedAt(
            tells_itself=tells_itself(request, asked.provider, asked.standing),
            request=request if request.closed else None,
        )

    async def has_ended(self, direction: str) -> bool:
        """Tell whether a direction's stream has had its last event."""
        async with self._pool.acquire() as conn:
            return (await _direction(conn, direction)).ended

    async def keep_message(self, message: Message, now: datetime) -> None:
        """Put a message to a closed request into its outside stream: nothing follows from it."""
        stored = LateMessageStored(inbox=message.row_id, kind=message.kind)
        async with self._pool.acquire() as conn, conn.transaction():
            at = await stream_time(conn, message.stream, now)
            await note_outside(conn, message.request_id, stored, at)
            await inbox.mark_delivered(conn, message.row_id)


async def _message(conn: Connection, asked: directing.StoreLate) -> Message:
    message = await inbox.read(conn, asked.message)
    if message is None or message.stream != asked.direction:
        raise ApplicationError(
            f"{asked.direction} has no message {asked.message}; only the sweep starts this.",
            type="NoSuchMessage",
            non_retryable=True,
        )
    return message


async def _must_be_readable(conn: Connection, message: Message, now: datetime) -> None:
    """Put a message aside that says nothing which a provider can say."""
    try:
        known_of(message.facts, LateAcknowledgementStored)
        ProviderStanding(message.facts["standing"])
    except poison.UNREADABLE as fault:
        reason = poison.reason_of(fault)
        await inbox.park(conn, message.row_id, reason, now)
        raise ApplicationError(
            f"message {message.row_id} cannot be read; see privacy inbox list",
            type=reason,
            non_retryable=True,
        ) from None


async def _direction(conn: Connection, stream: str) -> DirectionState:
    request_id, _, provider = stream.partition(".")
    return (await read_direction(conn, request_id, provider)).state


def _word(message: Message, direction: DirectionState, at: datetime) -> LateAcknowledgementStored:
    assert direction.issued is not None, "a provider answers what was issued"
    facts = message.facts | {"evidence_hash": message.evidence_hash or ""}
    return LateAcknowledgementStored(
        provider=direction.issued.provider,
        inbox=message.row_id,
        at=at,
        **known_of(facts, LateAcknowledgementStored),
    )


async def _store(
    conn: Connection, request_id: str, word: LateAcknowledgementStored, at: datetime
) -> list[LateAcknowledgementStored]:
    """Append a late answer once, and return those of the same provider that came before."""
    async with conn.transaction():
        await conn.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", outside_stream(request_id)
        )
        known = await late_words(conn, request_id)
        rows = [each.inbox for each in known]
        if word.inbox not in rows:
            await note_outside(conn, request_id, word, at)
    before = known[: rows.index(word.inbox)] if word.inbox in rows else known
    return [each for each in before if each.provider == word.provider]


async def _so_far(conn: Connection, stream: str) -> tuple[LateAnswerState, str]:
    state = LateAnswerState(stream=stream)
    for recorded in await read_events(conn, stream):
        state = state.apply(recorded)
    return state, (await ledger.head(conn, stream)).hash


def _late_word(
    asked: directing.StoreLate,
    request: RequestState,
    direction: DirectionState,
    word: LateAcknowledgementStored,
    earlier: list[LateAcknowledgementStored],
    state: LateAnswerState,
    head: str,
) -> directing.LateWord:
    assert direction.issued is not None, "a provider answers what was issued"
    policy = policies.get(request.pinned)
    return directing.LateWord(
        direction=asked.direction,
        message=asked.message,
        order=rebuilt(request, direction.issued, policy),
        policy=request.pinned,
        standing=word.standing,
        at=word.at,
        ended_as=_ended_as(direction, earlier),
        state=state,
        head=head,
    )


def _ended_as(
    direction: DirectionState, earlier: list[LateAcknowledgementStored]
) -> ProviderStanding:
    """Return the word that counts so far: the direction's own, or that of an earlier late one."""
    late = first_last_words(earlier).get(direction.issued.provider if direction.issued else "")
    if direction.standing in LAST_WORDS or late is None:
        return direction.standing
    return late.standing
