"""Decisions with their preconditions: what is refused whatever its input, and so is not offered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.events import Event
from domain.refusals import Refused

Precondition = Callable[..., None]
"""Takes the state and what else its decision knows; raises ``Refused``, or returns."""


@dataclass(frozen=True)
class Guarded:
    """A decision that reads its input only where its precondition holds.

    The precondition serves both who decides and who offers, so that the two cannot differ.
    """

    precondition: Precondition
    decide: Callable[..., tuple[Event, ...]]

    def __call__(
        self, state: Any, message: Any, *circumstances: Any, **personal: Any
    ) -> tuple[Event, ...]:
        """Return the events. Raises ``Refused``."""
        self.precondition(state, *circumstances)
        return self.decide(state, message, *circumstances, **personal)

    def is_open(self, state: Any, *circumstances: Any) -> bool:
        """Tell whether some input would be taken now."""
        try:
            self.precondition(state, *circumstances)
        except Refused:
            return False
        return True


def always(*_: object) -> None:
    """Ask nothing: the input alone is judged."""


def guarded(precondition: Precondition) -> Callable[[Callable[..., tuple[Event, ...]]], Guarded]:
    """Put a decision behind its precondition."""
    return lambda decide: Guarded(precondition, decide)
