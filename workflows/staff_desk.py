"""What a workflow does with a staff action, whichever table it is from."""

from collections.abc import Sequence
from typing import Any, ClassVar

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError

from domain import events as e
from domain import poison, signed_in
from domain.action_table import ActionTable
from domain.entitlement import SOMEBODY, Sender, sent_by
from domain.refusals import Refused
from domain.staff_input import STAFF_INPUT
from workflows import exchange as x
from workflows import steps
from workflows.journal import Journal
from workflows.signalled import Signalled

UNREAD_ROW = "What you sent at the case page could not be read. Send it again there."
"""The sentence for an update that names a row of the inbox which is none of this workflow."""


class StaffDesk:
    """Base of workflows that staff can act on; ``offers`` adds the handlers that call it."""

    actions: ClassVar[ActionTable]
    journal: Journal[Any]
    signalled: Signalled

    def circumstances(self) -> tuple[Any, ...]:
        """Return what the table's decisions take beside state and message.

        Raises:
            Refused: nobody can act yet.
        """
        raise NotImplementedError

    def refuse_unlawful(self, action: str, payloads: Sequence[Any]) -> None:
        """Raise the sentence that tells staff why not; a signed-in person's row is read first."""
        if signed_in.referred_row(payloads) is None:
            self._decided(action, payloads)

    async def act(self, action: str, payloads: Sequence[Any]) -> str:
        """Carry an action out; the current details show what follows."""
        row = signed_in.referred_row(payloads)
        if row is None:
            self.record(*self._decided(action, payloads))
        else:
            await self._act_signed_in(row)
        return f"{action}: recorded."

    async def _act_signed_in(self, row: int) -> None:
        try:
            asked = x.ReadInbox(stream=self.journal.stream, row=row)
            item = await steps.READ_INBOX(asked, f"read message {row}")
            events = self.take_signed_in(item)
        except ActivityError:
            raise staff_input(UNREAD_ROW) from None
        except poison.UNREADABLE as fault:
            self.park_row(row, poison.reason_of(fault))
            raise staff_input(UNREAD_ROW) from None
        if any(isinstance(event, e.MessageParked) for event in events):
            raise staff_input(UNREAD_ROW)
        refusal = signed_in.refusal_in(events)
        if refusal is not None:
            raise staff_input(refusal)

    def park_row(self, row: int, reason: str) -> None:
        """Put a row of the inbox aside that cannot be read, and tell staff."""
        raise NotImplementedError

    def take_signed_in(self, item: x.InboxItem) -> tuple[e.Event, ...]:
        """Carry out what a signed-in person sent, once, or record why not."""
        if item.row in self.journal.state.inbox_seen:
            return ()
        if item.kind != signed_in.KIND:
            raise staff_input(UNREAD_ROW)
        events = signed_in.carried_out(item.row, item.facts, self.decide_action)
        self.record(*events)
        return events

    def take_signals(self) -> Signalled:
        """Return what carries signals out; a workflow makes it before any can come."""
        return Signalled(self.actions, self.decide_action, self.record, self.sender_differs)

    async def act_or_record_refusal(self, action: str, payloads: Sequence[Any]) -> None:
        """Carry a signalled action out as whoever sent it, or record why not."""
        await self.signalled.take(action, payloads)

    def sender_differs(self) -> None:
        """Tell staff that a signal names another than its sender."""
        raise NotImplementedError

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

    def decide_action(
        self, action: str, payloads: Sequence[Any], sender: Sender = SOMEBODY
    ) -> tuple[e.Event, ...]:
        """Return what an action causes.

        Raises:
            Refused: it is not lawful now; says why.
        """
        events = self.actions.decide(action, payloads, self.journal.state, *self.circumstances())
        return sent_by(sender, events)

    def _decided(self, action: str, payloads: Sequence[Any]) -> tuple[e.Event, ...]:
        try:
            return self.decide_action(action, payloads)
        except Refused as refused:
            raise staff_input(refused.sentence) from None


def staff_input(sentence: str) -> ApplicationError:
    """Return the one kind of failure whose sentence staff may read in clear."""
    return ApplicationError(sentence, type=STAFF_INPUT, non_retryable=True)
