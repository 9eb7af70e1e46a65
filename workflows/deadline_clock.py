"""One armed timer for the next due instant, whatever it is; re-armed whenever the state moves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from temporalio import workflow

from domain.events import Event
from workflows.journal import Folded, Journal

State = TypeVar("State", bound=Folded)


class DueInstant(Protocol):
    """Something that is due."""

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def what(self) -> str:
        """What the Web UI's timeline calls the timer."""
        ...


Due = TypeVar("Due", bound=DueInstant)


class DeadlineClock(Generic[State, Due]):
    """Owns the dates of one stream.

    ``next_due`` is a pure function of the state; ``fire`` returns what happens at that instant.
    """

    def __init__(
        self,
        journal: Journal[State],
        next_due: Callable[[State], Due | None],
        fire: Callable[[Due, State], tuple[Event, ...]],
        is_over: Callable[[State], bool],
    ) -> None:
        """``is_over``: the workflow is about to end, and its timer with it."""
        self._journal = journal
        self._next_due = next_due
        self._fire = fire
        self._is_over = is_over
        self._looked_at = -1
        self._next: Due | None = None

    async def watch(self) -> None:
        """Let nothing sit silently past its date, for as long as the workflow lives."""
        await workflow.wait_condition(lambda: self._journal.state.n > 0 and self._journal.quiet)
        while True:
            await workflow.wait_condition(lambda: self.next() is not None)
            await self._wait()
            # Asked again: meanwhile something else may have come to be due at the same instant.
            due = self.next()
            if due is not None and due.at <= self._journal.now():
                self._journal.note(*self._fire(due, self._journal.state))

    def next(self) -> Due | None:
        """Return what is due next, by the state as it is now."""
        if self._looked_at != self._journal.state.n:
            self._looked_at = self._journal.state.n
            self._next = self._next_due(self._journal.state)
        return self._next

    async def _wait(self) -> None:
        """Wait for the next due instant, or until another one is next.

        A timer that is too early is left as it stands while events are on their way to the ledger:
        they may settle what the next timer would be for.
        """
        due = self.next()
        left = due.at - self._journal.now() if due else timedelta(0)
        if due is None or left <= timedelta(0):
            return
        try:
            await workflow.wait_condition(
                lambda: self._is_outdated(due.at), timeout=left, timeout_summary=due.what
            )
        except TimeoutError:
            return

    def _is_outdated(self, armed: datetime) -> bool:
        due = self.next()
        if due is not None and due.at < armed:
            return True
        if self._is_over(self._journal.state):
            return False
        return self._journal.settled and (due is None or due.at != armed)
