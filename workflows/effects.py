"""Kinds of side effects with their timeouts and retries, and typed references to activities."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy

from domain.events import Event
from domain.policy import PolicyPin
from workflows.exchange import Carried, Record

Input = TypeVar("Input")
Output = TypeVar("Output")
PinnedInput = TypeVar("PinnedInput", bound="Pinned")
Answer = TypeVar("Answer")


WORKER_IS_DEAD_AFTER = timedelta(seconds=15)
"""Silent for this long, a worker counts as dead and another takes its step."""


@dataclass(frozen=True)
class Effect:
    """How a kind of side effect is timed and retried. Non-retryable errors are raised as such."""

    start_to_close: timedelta
    retry: RetryPolicy
    schedule_to_close: timedelta | None = None
    heartbeat: timedelta = WORKER_IS_DEAD_AFTER


OWN_DATABASE = Effect(
    start_to_close=timedelta(seconds=30),
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=1),
        maximum_interval=timedelta(seconds=30),
    ),
)
"""Our own Postgres: without it nothing can go on, so it is retried for as long as it takes."""

BUSINESS_SYSTEM = Effect(
    start_to_close=timedelta(minutes=30),
    schedule_to_close=timedelta(hours=6),
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=2),
        maximum_interval=timedelta(minutes=5),
    ),
)
"""A business system: after six hours without success the step parks and staff are told."""

MAIL = Effect(
    start_to_close=timedelta(minutes=2),
    retry=OWN_DATABASE.retry,
)
"""A letter that the mail server defers is a result; the step fails only when our database does."""

MANY_STARTS = Effect(
    start_to_close=timedelta(hours=1),
    heartbeat=timedelta(minutes=1),
    retry=OWN_DATABASE.retry,
)
"""Going over many workflows: a thousand providers to direct, everything open to look after."""


AT_ONCE = timedelta(milliseconds=1)
"""The shortest that all attempts together may take."""


def time_for(effect: Effect, within: timedelta | None) -> timedelta | None:
    """Return how long all attempts may take together: what is left, or what the effect allows.

    Where nothing is left the step fails by its time, as it would have a moment before. Temporal
    takes no time for unlimited, and refuses a negative one: the workflow's task fails for ever.
    """
    return effect.schedule_to_close if within is None else max(within, AT_ONCE)


@dataclass(frozen=True)
class _Reference(Generic[Input, Output]):
    """What workflows know of one activity."""

    name: str
    takes: type[Input]
    returns: type[Output]
    effect: Effect

    async def _execute(
        self,
        arguments: Sequence[Any],
        returns: type[Answer],
        summary: str,
        within: timedelta | None,
    ) -> Answer:
        answer: Answer = await workflow.execute_activity(
            self.name,
            args=arguments,
            result_type=returns,
            start_to_close_timeout=self.effect.start_to_close,
            schedule_to_close_timeout=time_for(self.effect, within),
            heartbeat_timeout=self.effect.heartbeat,
            retry_policy=self.effect.retry,
            summary=summary,
        )
        return answer


class Pinned(Protocol):
    """What asks for a step by a revision of the policy, which its letters are written by."""

    @property
    def policy(self) -> PolicyPin:
        """The revision."""
        ...


class Step(_Reference[Input, Output]):
    """A reference to an activity that is asked for by itself."""

    async def __call__(
        self, argument: Input, summary: str, *, within: timedelta | None = None
    ) -> Output:
        """Run the activity; ``summary`` is what the Web UI's timeline says.

        ``within`` bounds all its attempts where the effect itself sets no bound.
        """
        return await self._execute([argument], self.returns, summary, within)


class RecordingStep(_Reference[Input, Output]):
    """A reference to an activity that a stream's journal has carried out, with its record."""

    async def carried_out(
        self, argument: Input, record: Record | None, summary: str, *, within: timedelta | None
    ) -> Carried[Output]:
        """Run the activity, which writes ``record`` before it does anything else."""
        returns: type[Carried[Output]] = Carried[self.returns]  # type: ignore[name-defined]
        return await self._execute([argument, record], returns, summary, within)


@dataclass(frozen=True)
class NotingStep(RecordingStep[PinnedInput, Output]):
    """A recording step that also writes down what its result comes to, where that is all it needs.

    ``notes`` says which events those are; letters that they ask for are sent. Without a record to
    write them after, it leaves them to the workflow. Nothing else of the stream is written while
    it acts; so with ``patience`` it gives up after that time, and acts anew without the record.
    """

    notes: Callable[[PinnedInput, Output], tuple[Event, ...]]
    patience: timedelta | None = None
