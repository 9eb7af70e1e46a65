"""The one writer of a stream: events in order, applied at once, recorded with what comes next.

A recording step that is carried out while events wait takes their record along and writes it
first: one round trip instead of two, and nothing is done that the ledger does not explain.

Replay compares kinds of commands and not their content; so each ``record`` returns the ledger's
head hash, which is recomputed here: a replay that would tell another story stops there.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError

from domain.chain import GENESIS, canonical, link
from domain.events import Event, Recorded, renumbered
from domain.ids import request_of
from domain.timeline import spaced
from workflows import exchange as x
from workflows import names, steps
from workflows.effects import Input, NotingStep, Output, PinnedInput, RecordingStep


class Folded(Protocol):
    """A state that is a fold over the events of one stream."""

    @property
    def n(self) -> int:
        """Number of the last event applied."""
        ...

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """Return the state as JSON values."""
        ...

    def apply(self, recorded: Recorded) -> Self:
        """Return the state after one more event."""
        ...


State = TypeVar("State", bound=Folded)

QUIET_ROUNDS = 4
"""How often the procedure may wait for what is true already between two events of one record."""


class HistoryDiffers(Exception):
    """The ledger's hash is not the one that this history leads to. Nothing more is written.

    A plain exception: the workflow's task fails and is seen, the request does not.
    """


class StreamOwner(Generic[State]):
    """The workflow whose stream a journal keeps; what it leaves out is not done."""

    def now(self) -> datetime:
        """Return the business time."""
        raise NotImplementedError

    def projection(self) -> x.Projection | None:
        """Return what lists show of the stream."""
        return None

    def show(self, state: State, *, passing: bool) -> None:
        """Show staff where the stream stands; ``passing`` while a step is about to move it."""

    def follow_up(self) -> x.FollowUp:
        """Return what is to be done as soon as the events are written."""
        return x.FollowUp()

    def followed(self, recorded: x.Recorded) -> None:
        """Take what came of it."""


class _Batch(NamedTuple):
    """Events on their way to the ledger."""

    record: x.Record
    head_after: str
    state_after: Folded
    kinds: str

    @property
    def through(self) -> int:
        """Number of the last event."""
        return self.state_after.n


class Journal(Generic[State]):
    """Holds a stream's state and writes its events down."""

    def __init__(self, stream: str, state: State, owner: StreamOwner[State]) -> None:
        self.stream = stream
        self.state = self._empty = state
        self.recorded_through = state.n
        self._owner = owner
        self._head = GENESIS
        self._recorded_head = GENESIS
        self._waiting: list[Recorded] = []
        self._sent_head = GENESIS
        self._under_way = 0
        self._begun = False
        self._alone = False
        self._unshown = False

    @property
    def head(self) -> str:
        """Hash over everything noted so far, recorded or not."""
        return self._head

    @property
    def settled(self) -> bool:
        """Whether the ledger has everything."""
        return self.recorded_through == self.state.n

    @property
    def quiet(self) -> bool:
        """Whether everything noted is recorded or with a step, which may last for days."""
        return self.nothing_waits and not self._alone

    @property
    def nothing_waits(self) -> bool:
        """Whether everything noted is recorded, or on its way."""
        return not self._waiting

    def now(self) -> datetime:
        """Return the business time."""
        return self._owner.now()

    def resume(self, state: State, head: str) -> None:
        """Go on from what the ledger holds; what was noted before it was read comes after it."""
        early, self._waiting = self._waiting, []
        self.state = state
        self._head = self._recorded_head = self._sent_head = head
        self.recorded_through = state.n
        self._owner.show(state, passing=False)
        self.note(*(recorded.event for recorded in early))

    def open(self, documents: Sequence[dict[str, Any]]) -> None:
        """Take over what a step wrote to open the stream; what was noted before comes after it."""
        self._take_over(self._empty, GENESIS, documents)

    def begin(self) -> None:
        """Say that ``keep`` starts in this task: what is noted is recorded in it."""
        self._begun = True

    def note(self, *events: Event, by_update: bool = False) -> None:
        """Give events their numbers, apply them, and have them recorded.

        ``by_update``: an update that is accepted in this task brings them.
        """
        for event in events:
            self._waiting.append(self._applied(event, self.now()))
        if events and not by_update:
            self._hold_the_time()

    def _applied(self, event: Event, at: datetime) -> Recorded:
        recorded = Recorded(n=self.state.n + 1, at=at, event=event)
        self.state = self.state.apply(recorded)
        self._head = link(self._head, canonical(recorded.document(self.stream)))
        return recorded

    def _hold_the_time(self) -> None:
        """Leave a command in a task that has none, so that a replay gives it its own time.

        A task without commands is joined with one that follows it at once (a refused update's):
        both are replayed at the later time, and events would be dated otherwise than recorded.
        """
        if self._alone or not self._begun:
            request = request_of(self.stream)
            workflow.upsert_search_attributes([names.REQUEST_ID.value_set(request)])

    def status(self) -> x.Status:
        """Show the state beside what the ledger has of it."""
        return x.Status(
            stream=self.stream,
            n=self.state.n,
            recorded_through=self.recorded_through,
            recorded_head=self._recorded_head,
            head=self._head,
            state=self.state.model_dump(mode="json"),
        )

    async def keep(self) -> None:
        """Record whatever waits and no step takes along, for as long as the workflow lives."""
        self.begin()
        while True:
            await workflow.wait_condition(lambda: bool(self._waiting) or self._unshown)
            await self._quiet()
            await self.until_free()
            if self._waiting:
                await self._record()
            elif self._unshown:
                self._show_now()

    async def _record(self) -> None:
        batch = self._next_batch(notes_sent=True)
        with self._nothing_else():
            recorded = await self._sent(batch)
        self._written(batch, recorded)

    async def carry_out(
        self,
        step: RecordingStep[Input, Output],
        argument: Input,
        summary: str,
        *,
        within: timedelta | None = None,
    ) -> Output:
        """Carry a step out; events that wait are recorded by it before it does anything.

        Raises:
            ActivityError: the step failed for good; the events are recorded all the same.
        """
        carried = await self._carried(step, argument, summary, within)
        return cast(Output, carried.result)

    async def carry_out_and_note(
        self,
        step: NotingStep[PinnedInput, Output],
        argument: PinnedInput,
        summary: str,
        *,
        within: timedelta | None = None,
    ) -> Output | None:
        """Carry out a step that writes down what its result comes to; what it has not is noted.

        Returns nothing where an attempt before the last one had written it already.

        Raises:
            ActivityError: the step failed for good; the events are recorded all the same.
        """
        carried = await self._carried(step, argument, summary, within)
        if carried.recorded is None:
            self.note(*step.notes(argument, cast(Output, carried.result)))
        return carried.result

    async def _carried(
        self,
        step: RecordingStep[Input, Output],
        argument: Input,
        summary: str,
        within: timedelta | None,
    ) -> x.Carried[Output]:
        """Carry a step out with the record that waits; once that is written, without it."""
        await self.until_free()
        if not self._waiting or self._under_way:
            return await step.carried_out(argument, None, summary, within=within)
        carried = await self._with_record(step, argument, summary, within)
        if carried.again_after is None:
            return carried
        await workflow.sleep(carried.again_after, summary=f"again: {summary}")
        return await step.carried_out(argument, None, summary, within=within)

    async def _with_record(
        self,
        step: RecordingStep[Input, Output],
        argument: Input,
        summary: str,
        within: timedelta | None,
    ) -> x.Carried[Output]:
        batch = self._next_batch(passing=True)
        self._under_way += 1
        try:
            with self._nothing_else() if isinstance(step, NotingStep) else nullcontext():
                carried = await step.carried_out(argument, batch.record, summary, within=within)
        except ActivityError:
            self._written(batch, await self._sent(batch))
            raise
        finally:
            self._under_way -= 1
        self._written(batch, carried.recorded)
        return carried

    @contextmanager
    def _nothing_else(self) -> Iterator[None]:
        """Let nothing else be recorded while more may be written after a batch."""
        self._alone = True
        try:
            yield
        finally:
            self._alone = False

    async def _quiet(self) -> None:
        """Let what follows from an event at once come into the same record."""
        seen, rounds = self.state.n, 0
        while rounds < QUIET_ROUNDS:
            await workflow.wait_condition(lambda: True)
            rounds = rounds + 1 if seen == self.state.n else 0
            seen = self.state.n

    async def until_settled(self) -> None:
        """Wait until the ledger has everything that was noted."""
        await workflow.wait_condition(lambda: self.settled)

    async def until_free(self) -> None:
        """Wait while nothing else may be recorded: what is noted then goes with the next step."""
        if self._alone:
            await workflow.wait_condition(lambda: not self._alone)

    async def until_taken_along(self) -> None:
        """Wait until the next step takes along whatever the ledger has not got yet."""
        await workflow.wait_condition(lambda: not self._under_way)

    def _next_batch(self, *, passing: bool = False, notes_sent: bool = False) -> _Batch:
        """Take what waits, and show where the stream stands with it."""
        events, self._waiting = tuple(self._waiting), []
        follow_up = self._owner.follow_up()
        # What letters go out with it is over as soon as they are.
        self._unshown = not passing and follow_up.letters is not None
        self._owner.show(self.state, passing=passing or self._unshown)
        documents = tuple(recorded.document(self.stream) for recorded in events)
        record = x.Record(
            stream=self.stream,
            expected_head=self._sent_head,
            after_others=self._under_way > 0,
            notes_sent=notes_sent,
            documents=documents,
            projection=self._owner.projection(),
            follow_up=follow_up,
        )
        for document in documents:
            self._sent_head = link(self._sent_head, canonical(document))
        kinds = ", ".join(spaced(recorded.event.type) for recorded in events)
        return _Batch(record, self._sent_head, self.state, kinds)

    def _show_now(self) -> None:
        """Show where the stream has come to stand, after all."""
        self._unshown = False
        self._owner.show(self.state, passing=False)

    async def _sent(self, batch: _Batch) -> x.Recorded:
        self._under_way += 1
        try:
            return await steps.RECORD(batch.record, f"write down: {batch.kinds}"[:200])
        except ActivityError as failure:
            raise HistoryDiffers(f"stream {self.stream} at n={batch.through}") from failure
        finally:
            self._under_way -= 1

    def _written(self, batch: _Batch, recorded: x.Recorded | None) -> None:
        if recorded is None or recorded.head != batch.head_after:
            raise HistoryDiffers(
                f"stream {self.stream} differs from the ledger at n={batch.through}"
            )
        if batch.through > self.recorded_through:
            self._recorded_head = batch.head_after
            self.recorded_through = batch.through
        if recorded.noted:
            self._take_over(cast(State, batch.state_after), batch.head_after, recorded.noted)
        self._owner.followed(recorded)

    def _take_over(self, state: State, head: str, documents: Sequence[dict[str, Any]]) -> None:
        """Take over what was written after a state; what was noted here meanwhile comes next.

        No batch has left meanwhile: steps wait while a record is written by itself.
        """
        later, self._waiting = self._waiting, []
        self.state, self._head = state, head
        for document in documents:
            written = Recorded.from_document(document)
            self._applied(written.event, written.at)
        self._sent_head = self._recorded_head = self._head
        self.recorded_through = self.state.n
        self._unshown = True
        for each in later:
            event = renumbered(each.event, beyond=state.n, by=len(documents))
            self._waiting.append(self._applied(event, each.at))
