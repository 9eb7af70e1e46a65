"""Carries a stream's letters to the mail server, and tries again what it defers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from temporalio import workflow

from domain import events as e
from domain.letterbook import Letters
from domain.policy import PolicyPin
from domain.policy_terms.duties import MailTerms
from workflows import exchange as x
from workflows import steps
from workflows.journal import Folded, Journal


class WritesLetters(Folded, Protocol):
    """A stream's state that knows its letters, and which of them are not out yet."""

    @property
    def letters(self) -> Letters:
        """The letters by their numbers."""
        ...

    @property
    def waiting_letters(self) -> tuple[int, ...]:
        """Numbers of the letters that were neither accepted nor refused."""
        ...


State = TypeVar("State", bound=WritesLetters)


class Mailroom(Generic[State]):
    """Sends letters with the record that asks for them, and again while the server defers them.

    ``terms`` are those of the stream's policy; ``handle`` takes the mail server's word on a letter
    and notes what follows from it, beside that it is out.
    """

    def __init__(
        self,
        journal: Journal[State],
        terms: Callable[[], tuple[PolicyPin, MailTerms]],
        handle: Callable[[x.Dispatched], None],
    ) -> None:
        self._journal = journal
        self._terms = terms
        self._handle = handle
        self._out: frozenset[int] = frozenset()
        self._deferred: frozenset[int] = frozenset()

    def outgoing(self) -> x.DispatchLetters | None:
        """Return the letters that nobody has tried to send yet, on their way with a record."""
        letters = self._unsent() - self._out - self._deferred
        if not letters:
            return None
        self._out |= letters
        return x.DispatchLetters(
            stream=self._journal.stream,
            letters=tuple(sorted(letters)),
            policy=self._terms()[0],
            now=self._journal.now(),
        )

    def take(self, words: tuple[x.Dispatched, ...]) -> None:
        """Take the mail server's words; what it deferred is tried again later."""
        self._out -= {word.letter for word in words}
        for word in words:
            if word.result == "deferred":
                self._deferred |= {word.letter}
            elif word.result == "accepted":
                self._note_sent(word)
            self._handle(word)

    def _note_sent(self, word: x.Dispatched) -> None:
        """Note that a letter is out, unless whoever sent it has written that down."""
        if self._journal.state.letters[word.letter].accepted_at is None:
            self._journal.note(e.NoticeSent(letter=word.letter, accepted_at=word.at))

    async def carry(self) -> None:
        """Send what no record took along, and deferred letters at growing intervals, for ever."""
        deferrals = 0
        while True:
            await workflow.wait_condition(lambda: bool(self._untried() or self._to_try_again()))
            await self._send()
            deferrals = deferrals + 1 if self._to_try_again() else 0
            if deferrals:
                await self._pause(pause_after(deferrals, self._terms()[1]))
                self._deferred = frozenset()

    def _unsent(self) -> frozenset[int]:
        return frozenset(self._journal.state.waiting_letters)

    def _untried(self) -> frozenset[int]:
        """Return what may go out: once all is on its way, for the outbox follows the ledger."""
        if not self._journal.nothing_waits:
            return frozenset()
        recorded = {n for n in self._unsent() if n <= self._journal.recorded_through}
        return frozenset(recorded) - self._out - self._deferred

    def _to_try_again(self) -> frozenset[int]:
        return self._unsent() & self._deferred

    async def _send(self) -> None:
        if not self._untried():
            return
        letters = self.outgoing()
        assert letters is not None, "untried letters go out"
        numbers = ", ".join(str(n) for n in letters.letters)
        result = await steps.DISPATCH_LETTERS(letters, f"send letter {numbers}"[:200])
        self.take(result.letters)

    async def _pause(self, interval: timedelta) -> None:
        """Wait before the next try, but not when a letter comes up that nobody has tried."""
        try:
            await workflow.wait_condition(
                lambda: bool(self._untried()),
                timeout=interval,
                timeout_summary="try deferred mail again",
            )
        except TimeoutError:
            return


def pause_after(deferrals: int, terms: MailTerms) -> timedelta:
    """Return how long deferred mail rests: ever longer, up to the longest, however often it was."""
    minutes, longest = float(terms.retry_first_minutes), terms.retry_longest_minutes
    for _ in range(1, deferrals):
        if minutes >= longest:
            break
        minutes *= terms.retry_factor
    return timedelta(minutes=min(minutes, longest))
