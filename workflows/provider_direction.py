"""One provider's direction, from sending to its last word (design, 4.6)."""

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, FailureError

from domain import direction as stand
from domain import events as e
from domain import policies
from domain.decisions import direction as decide
from domain.ids import request_of
from domain.policy import Policy
from domain.waiting_message import row_of
from workflows import exchange as x
from workflows import names, steps
from workflows.business_time import BusinessTime
from workflows.deadline_clock import DeadlineClock
from workflows.journal import Journal
from workflows.mailroom import Mailroom
from workflows.parking import failure_code
from workflows.supervision import run_beside


@workflow.defn(name=names.PROVIDER_DIRECTION)
class ServiceProviderDirection:
    """Directs, reminds, escalates, takes the acknowledgement; ends by its last day."""

    @workflow.init
    def __init__(self, start: x.DirectionStart) -> None:
        self._time = BusinessTime()
        self._time.observe(start.now)
        self._order = start.order
        self._policy_pin = start.policy
        state = stand.DirectionState(stream=workflow.info().workflow_id)
        self.journal = Journal(
            state.stream, state, self._time.now, lambda state: None, lambda state: None
        )
        self._clock: DeadlineClock[stand.DirectionState, decide.DirectionDue] = DeadlineClock(
            self.journal,
            decide.next_due,
            lambda due, state: decide.fire(due, state, self._order, self.policy, self._time.now()),
        )
        self._mailroom = Mailroom(self.journal, self._letter_handled)
        self._messages: list[int] = []

    @property
    def state(self) -> stand.DirectionState:
        """Where the direction stands."""
        return self.journal.state

    @property
    def policy(self) -> Policy:
        """The revision that the request is pinned to."""
        return policies.get(self._policy_pin)

    @workflow.signal(name=names.INBOX, description="For the gateway: a message waits.")
    def message_waits(self, *payloads: Any) -> None:
        """Take note of an inbox row; its content is read from Postgres, not from the signal."""
        row = row_of(payloads)
        if row is None:
            self.unknown_signal(names.INBOX, ())
        else:
            self._messages.append(row)

    @workflow.signal(dynamic=True)
    def unknown_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Record a signal that no handler has."""
        refusal = "A provider's direction takes no such signal."
        self.journal.note(e.ActionRefused(action="unknown", refusal=refusal))

    @workflow.query(name=names.STATUS, description="Where the direction stands.")
    def status(self) -> x.Status:
        """Show state and ledger side by side."""
        return self.journal.status()

    @workflow.run
    async def run(self, start: x.DirectionStart) -> str:
        """Carry the direction to its last word."""
        if start.state is not None:
            self.journal.resume(start.state, start.head)
        helpers = [
            self.journal.keep(),
            self._clock.watch(),
            self._mailroom.carry(lambda: (self._policy_pin, self.policy.mail)),
            self._read_messages(),
            self._send(),
            self._report(),
        ]
        await run_beside(self._procedure(), helpers, lambda: None)
        return str(self.state.standing)

    async def _procedure(self) -> None:
        if self.state.issued is None:
            self.journal.note(decide.issue(self._order, self.policy, self._time.now()))
        await workflow.wait_condition(lambda: self.state.ended)
        await self.journal.until_settled()
        await self._nudge_request()
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _send(self) -> None:
        """Hand the direction over, and repeat it once when the reminder is due."""
        await workflow.wait_condition(lambda: self.state.issued is not None)
        if "direction" not in self.state.handed_over:
            await self._hand_over("direction")
        await workflow.wait_condition(lambda: self.state.reminded)
        if "reminder" not in self.state.handed_over:
            await self._hand_over("reminder")
        await workflow.wait_condition(lambda: False)

    async def _hand_over(self, attempt: str) -> None:
        assert self.state.confirm_by is not None, "a direction is issued before it is sent"
        handing = x.SendDirection(
            stream=self.state.stream,
            order=self._order,
            attempt=attempt,
            confirm_by=self.state.confirm_by,
            policy=self._policy_pin,
            now=self._time.now(),
        )
        try:
            sent = await steps.SEND_DIRECTION(handing, f"send the {attempt} to {self._order.name}")
        except ActivityError as failure:
            reason = failure_code(failure)
            alert = decide.undeliverable(self._order, self.policy, reason, self._time.now())
            self.journal.note(*alert)
            return
        if sent.letter_wanted:
            self.journal.note(self._letter(attempt))
        else:
            self.journal.note(
                e.DirectionSent.model_validate(
                    {"attempt": attempt, **sent.model_dump(exclude={"letter_wanted"})}
                )
            )

    def _letter(self, attempt: str) -> e.NoticeRequested:
        return decide.letter(
            self.state,
            self._order,
            self.policy,
            self._time.now(),
            reminder=attempt == "reminder",
        )

    async def _read_messages(self) -> None:
        while True:
            await workflow.wait_condition(lambda: bool(self._messages) and self.state.n > 0)
            row = self._messages.pop(0)
            if row not in self.state.inbox_seen:
                await self._read_message(row)

    async def _read_message(self, row: int) -> None:
        try:
            item = await steps.READ_INBOX(
                x.ReadInbox(stream=self.state.stream, row=row), f"read message {row}"
            )
        except ActivityError:
            self.unknown_signal(names.INBOX, ())
            return
        self.journal.note(
            *decide.acknowledge(self.state, row=row, at=self._time.now(), facts=item.facts)
        )

    async def _report(self) -> None:
        """Tell the request when the provider has said that it received the direction."""
        directed = self.state.standing
        await workflow.wait_condition(lambda: self.state.standing is not directed)
        if not self.state.ended:
            await self.journal.until_settled()
            await self._nudge_request()
        await workflow.wait_condition(lambda: False)

    async def _nudge_request(self) -> None:
        """Have the request look at this ledger; one that is not running looks when it resumes."""
        request = workflow.get_external_workflow_handle(request_of(self.state.stream))
        try:
            await request.signal(names.PROVIDER_REPORTED, {"provider": self._order.provider})
        except FailureError:
            workflow.logger.info("the request is not running; it reads this ledger on resuming")

    def _letter_handled(self, word: x.Dispatched) -> None:
        if word.result == "accepted":
            self.journal.note(e.NoticeSent(letter=word.letter, accepted_at=word.at))
        elif word.result == "refused":
            refused = e.NoticeRefused(letter=word.letter, reply_code=word.reply_code)
            alert = decide.undeliverable(
                self._order, self.policy, f"mail_{word.reply_code}", self._time.now()
            )
            self.journal.note(refused, *alert)
