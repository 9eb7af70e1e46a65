"""Carries a stream's letters to the mail server, and tries again what it defers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from temporalio import workflow

from domain.policy import PolicyPin
from domain.policy_terms.duties import MailTerms
from workflows import exchange as x
from workflows import steps
from workflows.journal import Folded, Journal


class WritesLetters(Folded, Protocol):
    """A stream's state that knows which of its letters are not out yet."""

    @property
    def waiting_letters(self) -> tuple[int, ...]:
        """Numbers of the letters that were neither accepted nor refused."""
        ...


State = TypeVar("State", bound=WritesLetters)


class Mailroom(Generic[State]):
    """Sends letters once the ledger has them; ``handle`` takes the mail server's word on each."""

    def __init__(
        self,
        journal: Journal[State],
        handle: Callable[[x.Dispatched], None],
    ) -> None:
        self._journal = journal
        self._handle = handle

    async def carry(self, terms: Callable[[], tuple[PolicyPin, MailTerms]]) -> None:
        """Send for as long as the workflow lives; deferred letters at growing intervals."""
        deferrals = 0
        while True:
            await workflow.wait_condition(lambda: bool(self._waiting()))
            pin, mail = terms()
            deferred = await self._send(pin)
            deferrals = deferrals + 1 if deferred else 0
            if deferred:
                await self._pause(deferred, _interval(mail, deferrals))

    def _waiting(self) -> frozenset[int]:
        """Return what may go out: once all is recorded, for the outbox follows the ledger."""
        return self._unsent() if self._journal.settled else frozenset()

    def _unsent(self) -> frozenset[int]:
        return frozenset(self._journal.state.waiting_letters)

    async def _send(self, policy: PolicyPin) -> frozenset[int]:
        tried = self._waiting()
        request = x.DispatchLetters(
            stream=self._journal.stream,
            letters=tuple(sorted(tried)),
            policy=policy,
            now=self._journal.now(),
        )
        numbers = ", ".join(str(n) for n in sorted(tried))
        result = await steps.DISPATCH_LETTERS(request, f"send letter {numbers}"[:200])
        for word in result.letters:
            self._handle(word)
        return self._unsent() & tried

    async def _pause(self, deferred: frozenset[int], interval: timedelta) -> None:
        """Wait before the next try, but not when another letter comes up."""
        try:
            await workflow.wait_condition(
                lambda: not self._waiting() <= deferred,
                timeout=interval,
                timeout_summary="try deferred mail again",
            )
        except TimeoutError:
            return


def _interval(terms: MailTerms, deferrals: int) -> timedelta:
    minutes = terms.retry_first_minutes * terms.retry_factor ** (deferrals - 1)
    return timedelta(minutes=min(minutes, terms.retry_longest_minutes))
