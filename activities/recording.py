"""Writing events to the ledger, with everything of ours that they cause, in one transaction."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

import asyncpg
import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.consequences import Consequences
from activities.direction_streams import read_request
from activities.step_time import StepTime
from domain import events as e
from domain import policies
from domain.chain import canonical
from domain.policy import PolicyPin
from records import ledger, requests, webhooks
from records.connection import Connection
from workflows import exchange as x
from workflows import steps
from workflows.effects import NotingStep, Pinned, RecordingStep
from workflows.screen import projection

A_MOMENT = timedelta(seconds=1)

log = structlog.get_logger("activities.recording")

Argument = TypeVar("Argument")
PinnedArgument = TypeVar("PinnedArgument", bound=Pinned)
Result = TypeVar("Result")
Activity = Callable[..., Awaitable[Any]]
"""What a worker registers: it takes a step's argument and a record or none."""

Noted = tuple[dict[str, Any], ...]
"""Documents that were written after those of a record."""


class _End(NamedTuple):
    """Where a stream ends, which is where more can be written."""

    stream: str
    n: int
    hash: str


class FollowUp(Protocol):
    """Does what follows from events as soon as they are written."""

    async def send(self, asked: x.DispatchLetters) -> x.DispatchResult:
        """Hand letters over and return the mail server's word on each."""
        ...

    async def tell_request(self, asked: x.TellRequest) -> bool:
        """Have a request look at a provider's stream; tell whether it could be told already."""
        ...

    async def tell_intake_systems(self) -> None:
        """Have them told of a noted change at once; a schedule does it anyway."""
        ...


class Recording:
    """The one way into the ledger for workflows."""

    def __init__(self, pool: asyncpg.Pool, consequences: Consequences, follow_up: FollowUp) -> None:
        self._pool = pool
        self._consequences = consequences
        self._follow_up = follow_up

    @activity.defn(name=steps.RECORD.name)
    async def record(self, asked: x.Record) -> x.Recorded:
        """Append events, write what they cause, and do what follows from them.

        A retry of the same events changes nothing, and sends no letter twice.

        Raises:
            ApplicationError: of type ``LedgerConflict``, never retried; or of ``LedgerBehind``
                while a step still has the record of the events before these with it.
        """
        end, has_changed = await self._write(asked)
        if has_changed:
            await self._tell_of_change()
        letters, tell = asked.follow_up.letters, asked.follow_up.tell
        sent = await self._follow_up.send(letters) if letters else x.DispatchResult()
        noted, _ = await self._note(end, _out(sent.letters) if asked.notes_sent else ())
        told = await self._follow_up.tell_request(tell) if tell else True
        return x.Recorded(head=end.hash, noted=noted, letters=sent.letters, told=told)

    def before(
        self, step: RecordingStep[Argument, Result], act: Callable[[Argument], Awaitable[Result]]
    ) -> Activity:
        """Return the activity of a step that writes a record, if it is given one, and then acts.

        A noting step writes what its result comes to as well. Where acting fails for now, it says
        that the record is written: the workflow must not be left in doubt about it for as long as
        the step is tried, which may be days.
        """

        async def carry_out(asked: Argument, record: x.Record | None) -> x.Carried[Result]:
            if record is None:
                return x.Carried(result=await act(asked))
            if isinstance(step, NotingStep):
                return await self._acted_and_noted(step, act, asked, record)
            return await _tried(step, act(asked), await self.record(record))

        carry_out.__annotations__["asked"] = step.takes
        return activity.defn(name=step.name)(carry_out)

    async def _acted_and_noted(
        self,
        step: NotingStep[PinnedArgument, Result],
        act: Callable[[PinnedArgument], Awaitable[Result]],
        asked: PinnedArgument,
        record: x.Record,
    ) -> x.Carried[Result]:
        """Act, and write what it comes to, unless an attempt that nobody has heard of has done.

        Letters that it comes to leave at once; those of such an attempt the workflow has sent.
        """
        time = StepTime(datetime.fromisoformat(record.documents[-1]["at"]))
        recorded = await self.record(record)
        if written := await self._written_after(record):
            return x.Carried(recorded=_with(recorded, written))
        acting = _within(step.patience, act(asked))
        carried = await _tried(step, acting, recorded)
        if carried.result is None:
            return carried
        come_to = [(time.now(), event) for event in step.notes(asked, carried.result)]
        end = _End(record.stream, record.documents[-1]["n"], recorded.head)
        noted, end = await self._note(
            end, [*_out(recorded.letters), *come_to], moves=record.projection is not None
        )
        sent = await self._send_noted(noted, record.stream, asked.policy, time.now())
        out, _ = await self._note(end, _out(sent))
        return x.Carried(result=carried.result, recorded=_with(recorded, noted + out, sent))

    async def _send_noted(
        self, noted: Noted, stream: str, policy: PolicyPin, now: datetime
    ) -> tuple[x.Dispatched, ...]:
        """Send the letters that documents ask for."""
        letters = tuple(doc["n"] for doc in noted if doc["type"] == e.NoticeRequested.__name__)
        if not letters:
            return ()
        asked = x.DispatchLetters(stream=stream, letters=letters, policy=policy, now=now)
        return (await self._follow_up.send(asked)).letters

    async def _write(self, asked: x.Record) -> tuple[_End, bool]:
        async with self._pool.acquire() as conn, conn.transaction():
            end = _End(asked.stream, asked.documents[0]["n"] - 1, asked.expected_head)
            end = await self._append(conn, end, asked.documents, early=asked.after_others)
            shown = asked.projection
            has_changed = shown is not None and await self._project(conn, asked.stream, shown)
        return end, has_changed

    async def _append(
        self,
        conn: Connection,
        end: _End,
        documents: Sequence[dict[str, Any]],
        *,
        early: bool = False,
    ) -> _End:
        """Append documents to a stream, with what they cause; return where it ends then.

        ``early``: what comes before them may still be on its way.
        """
        entries = [ledger.Entry(doc["n"], canonical(doc)) for doc in documents]
        try:
            after = await ledger.append(conn, end.stream, end.hash, entries)
        except ledger.LedgerConflict as conflict:
            raise _refused(conflict, early=early) from None
        for document in documents:
            await self._consequences.apply(conn, end.stream, e.Recorded.from_document(document))
        return _End(end.stream, end.n + len(documents), after)

    async def _note(
        self,
        end: _End,
        events: Sequence[tuple[datetime, e.Event]],
        *,
        moves: bool = False,
    ) -> tuple[Noted, _End]:
        """Write events of business times at the end of a stream; return where it ends then.

        ``moves``: lists show a request elsewhere after them.
        """
        documents = tuple(
            e.Recorded(n=n, at=at, event=event).document(end.stream)
            for n, (at, event) in enumerate(events, end.n + 1)
        )
        if not documents:
            return (), end
        async with self._pool.acquire() as conn, conn.transaction():
            after = await self._append(conn, end, documents)
            has_changed = moves and await self._project_anew(conn, end.stream)
        if has_changed:
            await self._tell_of_change()
        return documents, after

    async def _written_after(self, asked: x.Record) -> Noted:
        """Return what stands in the stream after a record."""
        last = asked.documents[-1]["n"]
        async with self._pool.acquire() as conn:
            if (await ledger.head(conn, asked.stream)).n == last:
                return ()
            rows = await ledger.read(conn, asked.stream)
        return tuple(json.loads(row.body) for row in rows if row.n > last)

    async def _project(self, conn: Connection, stream: str, shown: x.Projection) -> bool:
        """Write where the request stands; tell whether an intake system is to hear of it."""
        await requests.project(conn, stream, _columns(shown))
        return await webhooks.note_change(conn, stream)

    async def _project_anew(self, conn: Connection, stream: str) -> bool:
        """Write where the request stands by its ledger; tell whether somebody is to hear of it."""
        state = await read_request(conn, stream)
        assert state.at is not None, "a request that has events has a time"
        shown = projection(state, policies.get(state.pinned), state.at)
        return await self._project(conn, stream, shown)

    async def _tell_of_change(self) -> None:
        try:
            await self._follow_up.tell_intake_systems()
        except Exception as fault:
            log.warning("left_to_the_schedule", kind="webhooks", reason=type(fault).__name__)


async def _tried(
    step: RecordingStep[Argument, Result], acting: Awaitable[Result], recorded: x.Recorded
) -> x.Carried[Result]:
    """Act once; what fails for now is to be tried again without the record."""
    try:
        return x.Carried(result=await acting, recorded=recorded)
    except Exception as failure:
        if _is_final(failure):
            raise
        log.warning("tried_again", step=step.name, reason=type(failure).__name__)
        return x.Carried(recorded=recorded, again_after=_pause(failure, step))


async def _within(patience: timedelta | None, acting: Awaitable[Result]) -> Result:
    async with asyncio.timeout(patience.total_seconds() if patience else None):
        return await acting


def _out(words: Sequence[x.Dispatched]) -> list[tuple[datetime, e.Event]]:
    """Return which letters are out, in the order in which they left."""
    out = sorted((word.at, word.letter) for word in words if word.result == "accepted")
    return [(at, e.NoticeSent(letter=n, accepted_at=at)) for at, n in out]


def _with(recorded: x.Recorded, noted: Noted, sent: tuple[x.Dispatched, ...] = ()) -> x.Recorded:
    return recorded.model_copy(update={"noted": noted, "letters": recorded.letters + sent})


def _is_final(failure: Exception) -> bool:
    return isinstance(failure, ApplicationError) and failure.non_retryable


def _pause(failure: Exception, step: RecordingStep[Any, Any]) -> timedelta:
    stated = failure.next_retry_delay if isinstance(failure, ApplicationError) else None
    return stated or step.effect.retry.initial_interval


def _refused(conflict: ledger.LedgerConflict, *, early: bool) -> ApplicationError:
    """Let a record that came too early be tried again; for any other there is no second try."""
    if early and isinstance(conflict, ledger.LedgerBehind):
        return ApplicationError(
            f"ledger stream {conflict.stream}: the events before {conflict.n} are on their way",
            type=steps.LEDGER_BEHIND,
            next_retry_delay=A_MOMENT,
            category=ApplicationErrorCategory.BENIGN,
        )
    return ApplicationError(str(conflict), type=steps.LEDGER_CONFLICT, non_retryable=True)


def _columns(shown: x.Projection) -> requests.Projection:
    return requests.Projection(
        **shown.model_dump(exclude={"closed"}),
        closed_at=shown.business_time if shown.closed else None,
    )
