"""The one writer of a stream: events in order, applied at once, recorded in one call at a time.

Replay compares kinds of commands and not their content; so each ``record`` returns the ledger's
head hash, which is recomputed here: a replay that would tell another story stops there.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar

from temporalio import workflow

from domain.chain import GENESIS, canonical, link
from domain.events import Event, Recorded
from domain.ids import request_of
from domain.timeline import spaced
from workflows import exchange as x
from workflows import names, steps


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


class HistoryDiffers(Exception):
    """The ledger's hash is not the one that this history leads to. Nothing more is written.

    A plain exception: the workflow's task fails and is seen, the request does not.
    """


class Journal(Generic[State]):
    """Holds a stream's state and writes its events down."""

    def __init__(
        self,
        stream: str,
        state: State,
        now: Callable[[], datetime],
        project: Callable[[State], x.Projection | None],
        show: Callable[[State], None],
    ) -> None:
        self.stream = stream
        self.state = state
        self.recorded_through = state.n
        self._head = GENESIS
        self._recorded_head = GENESIS
        self.now = now
        self._project = project
        self._show = show
        self._waiting: list[Recorded] = []
        self._records_at_once = False

    @property
    def head(self) -> str:
        """Hash over everything noted so far, recorded or not."""
        return self._head

    @property
    def settled(self) -> bool:
        """Whether the ledger has everything."""
        return not self._waiting

    def resume(self, state: State, head: str) -> None:
        """Go on from what the ledger holds; what was noted before it was read comes after it."""
        early, self._waiting = self._waiting, []
        self.state, self._head, self._recorded_head = state, head, head
        self.recorded_through = state.n
        self._show(state)
        self.note(*(recorded.event for recorded in early))

    def note(self, *events: Event) -> None:
        """Give events their numbers, apply them, and have them recorded."""
        for event in events:
            recorded = Recorded(n=self.state.n + 1, at=self.now(), event=event)
            self.state = self.state.apply(recorded)
            self._head = link(self._head, canonical(recorded.document(self.stream)))
            self._waiting.append(recorded)
        if events:
            self._hold_the_time()

    def _hold_the_time(self) -> None:
        """Leave a command in a task that has none, so that a replay gives it its own time.

        A task without commands is joined with one that follows it at once (a refused update's):
        both are replayed at the later time, and events would be dated otherwise than recorded.
        """
        if not self._records_at_once:
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
        """Record whatever waits, for as long as the workflow lives."""
        while True:
            self._records_at_once = True
            await workflow.wait_condition(lambda: bool(self._waiting))
            await self._quiet()
            self._show(self.state)
            self._records_at_once = False
            await self._record(tuple(self._waiting))

    async def _quiet(self) -> None:
        """Let what follows from an event at once come into the same record."""
        seen = -1
        while seen != self.state.n:
            seen = self.state.n
            await workflow.wait_condition(lambda: True)

    async def until_settled(self) -> None:
        """Wait until the ledger has everything that was noted."""
        await workflow.wait_condition(lambda: self.settled)

    async def _record(self, batch: tuple[Recorded, ...]) -> None:
        head_after = self._recorded_head
        for recorded in batch:
            head_after = link(head_after, canonical(recorded.document(self.stream)))
        kinds = ", ".join(spaced(recorded.event.type) for recorded in batch)
        result = await steps.RECORD(
            x.Record(
                stream=self.stream,
                expected_head=self._recorded_head,
                documents=tuple(recorded.document(self.stream) for recorded in batch),
                projection=self._project(self.state),
            ),
            f"write down: {kinds}"[:200],
        )
        if result.head != head_after:
            raise HistoryDiffers(f"stream {self.stream} differs from the ledger at n={batch[-1].n}")
        self._recorded_head = head_after
        self.recorded_through = batch[-1].n
        del self._waiting[: len(batch)]
