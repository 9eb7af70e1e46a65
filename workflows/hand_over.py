"""Hands a direction over to its provider, as often as it is owed, and fetches what comes back."""

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, RetryState

from domain.decisions import direction as decide
from domain.decisions.direction import PAUSED, Order
from domain.direction import DirectionState
from domain.policy import Policy
from workflows import directing
from workflows import exchange as x
from workflows.directing import DirectionStart
from workflows.journal import Journal
from workflows.parking import failure_code

STAFF_HEAR_AFTER = timedelta(days=1)
"""How long a provider is out of reach before staff are told; it is tried further all the while."""


class HandOver:
    """What goes between one provider's system and its workflow."""

    def __init__(
        self,
        journal: Journal[DirectionState],
        start: DirectionStart,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        note_message: Callable[[x.InboxItem], None],
    ) -> None:
        self._journal = journal
        self._start = start
        self._policy = policy
        self._now = now
        self._note_message = note_message

    @property
    def _state(self) -> DirectionState:
        return self._journal.state

    @property
    def _order(self) -> Order:
        return self._start.order

    async def send(self) -> None:
        """Send whatever is owed, for as long as the workflow lives."""
        while True:
            await workflow.wait_condition(lambda: self._state.owed is not None)
            # Whoever answers at once must find the direction in the ledger: the step records it.
            await self._journal.until_taken_along()
            repeat = self._state.owed
            if repeat is not None:
                await self._send(repeat)

    async def fetch(self) -> None:
        """Fetch a returned copy whenever one waits, for as long as the workflow lives."""
        while True:
            await workflow.wait_condition(lambda: self._state.copy_owed)
            await self._fetch()

    async def _send(self, repeat: int) -> None:
        patient = bool(self._state.delayed)
        what = f"remind {self._order.name}" if repeat else f"direct {self._order.name}"
        try:
            sent = await self._journal.carry_out_and_note(
                directing.SEND_DIRECTION,
                self._direction(repeat, patient),
                what,
                within=None if patient else STAFF_HEAR_AFTER,
            )
        except ActivityError as failure:
            self._failed(failure)
        else:
            if sent is not None:
                self._sent(sent)

    def _sent(self, sent: directing.DirectionSendResult) -> None:
        if sent.outcome == "paused":
            self._delayed(PAUSED)
        elif sent.message is not None:
            self._note_message(sent.message)

    def _failed(self, failure: ActivityError) -> None:
        """Have staff mend what is final; tell them of what merely takes long, and go on trying."""
        reason = failure_code(failure)
        if failure.retry_state is not RetryState.NON_RETRYABLE_FAILURE:
            self._delayed(reason)
            return
        self._journal.note(*decide.undeliverable(self._order, self._policy(), reason, self._now()))

    def _delayed(self, reason: str) -> None:
        self._journal.note(
            *decide.delayed(self._state, self._order, self._policy(), reason, self._now())
        )

    async def _fetch(self) -> None:
        asked = directing.FetchCopy(
            stream=self._state.stream, order=self._order, message=self._state.copy_waits
        )
        try:
            fetched = await directing.FETCH_COPY(
                asked, f"fetch the copy that {self._order.name} returned", within=STAFF_HEAR_AFTER
            )
        except ActivityError as failure:
            events = decide.copy_not_received(
                self._state, self._order, self._policy(), failure_code(failure), self._now()
            )
        else:
            events = decide.copy_received(self._state, **fetched.model_dump())
        if self._state.copy_owed:
            self._journal.note(*events)

    def _direction(self, repeat: int, patient: bool) -> directing.SendDirection:
        issued = self._state.issued
        assert issued is not None, "a direction is issued before it is sent"
        return directing.SendDirection(
            stream=self._state.stream,
            order=self._order,
            repeat=repeat,
            confirm_by=issued.confirm_by,
            give_up_at=issued.give_up_at,
            handed_over_at=self._state.handed_over_at,
            policy=self._start.policy,
            now=self._now(),
            patient=patient,
        )
