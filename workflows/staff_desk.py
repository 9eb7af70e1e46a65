"""What a workflow does with a staff action, whichever table it is from (design, 4a)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from domain import events as e
from domain.action_table import ActionTable
from domain.refusals import Refused
from domain.staff_input import STAFF_INPUT
from workflows.journal import Journal


class StaffDesk:
    """Base of workflows that staff can act on; ``offers`` adds the handlers that call it."""

    actions: ClassVar[ActionTable]
    journal: Journal[Any]

    def circumstances(self) -> tuple[Any, ...]:
        """Return what the table's decisions take beside state and message.

        Raises:
            Refused: nobody can act yet.
        """
        raise NotImplementedError

    def refuse_unlawful(self, action: str, payloads: Sequence[Any]) -> None:
        """Raise the sentence that tells staff why not."""
        self._decided(action, payloads)

    def act(self, action: str, payloads: Sequence[Any]) -> str:
        """Carry an action out; the current details show what follows."""
        self.record(*self._decided(action, payloads))
        return f"{action}: recorded."

    def act_or_record_refusal(self, action: str, payloads: Sequence[Any]) -> None:
        """Carry a signalled action out, or record why not."""
        try:
            events = self._decide(action, payloads)
        except Refused as refused:
            events = (e.ActionRefused(action=action, refusal=refused.sentence),)
        self.record(*events)

    def record(self, *events: e.Event) -> None:
        """Write events down."""
        self.journal.note(*events)

    @workflow.signal(dynamic=True)
    def unknown_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Record a signal that no handler has, so that staff see it went nowhere."""
        self.record(e.ActionRefused(action="unknown", refusal=self.actions.unknown))

    @workflow.update(dynamic=True)
    def unknown_update(self, name: str, args: Sequence[RawValue]) -> None:
        """Never runs: its validator refuses every update that no handler has."""

    @unknown_update.validator
    def refuse_unknown_update(self, name: str, args: Sequence[RawValue]) -> None:
        """Say which actions there are."""
        raise staff_input(self.actions.unknown)

    def refuse_message(self, signal: str) -> None:
        """Record a signal of ours that names nothing known."""
        refusal = "A message that names nothing known was signalled; it changed nothing."
        self.record(e.ActionRefused(action=signal, refusal=refusal))

    def _decide(self, action: str, payloads: Sequence[Any]) -> tuple[e.Event, ...]:
        return self.actions.decide(action, payloads, self.journal.state, *self.circumstances())

    def _decided(self, action: str, payloads: Sequence[Any]) -> tuple[e.Event, ...]:
        try:
            return self._decide(action, payloads)
        except Refused as refused:
            raise staff_input(refused.sentence) from None


def staff_input(sentence: str) -> ApplicationError:
    """Return the one kind of failure whose sentence staff may read in clear."""
    return ApplicationError(sentence, type=STAFF_INPUT, non_retryable=True)
