"""One provider's direction, from sending to its last word."""

from datetime import datetime
from typing import Any

from temporalio import workflow

from domain import direction as stand
from domain import events as e
from domain import policies, signed_in
from domain.decisions import direction as decide
from domain.decisions import direction_clock as clock
from domain.decisions.fulfilment import answered_at_once
from domain.direction_actions import DIRECTION_ACTIONS
from domain.notice_words import Situation
from domain.policy import Policy, PolicyPin
from domain.policy_terms.duties import MailTerms
from domain.refusals import Refused
from domain.vocabulary import ProviderStanding
from workflows import directing, names
from workflows import exchange as x
from workflows.business_time import BusinessTime
from workflows.deadline_clock import DeadlineClock
from workflows.direction_screen import DirectionScreen
from workflows.hand_over import HandOver
from workflows.inbox_reader import InboxReader
from workflows.journal import Journal, StreamOwner
from workflows.mailroom import Mailroom
from workflows.staff_actions import offers_direction_actions
from workflows.staff_desk import StaffDesk, staff_input
from workflows.starts import read_start
from workflows.supervision import despite_cancel, run_beside

NOTHING_FOLLOWS_THE_END = "a cancel request after the end is not noted"
"""Patch: marked only where one comes that late."""


@workflow.defn(name=names.PROVIDER_DIRECTION)
@offers_direction_actions
class ServiceProviderDirection(StaffDesk, StreamOwner[stand.DirectionState]):
    """Directs, reminds, escalates, takes the acknowledgement; ends by its last day."""

    actions = DIRECTION_ACTIONS
    journal: Journal[stand.DirectionState]

    @workflow.init
    def __init__(self, *payloads: Any) -> None:
        self._time = BusinessTime()
        self._start = read_start(directing.DirectionStart, payloads)
        if self._start:
            self._time.observe(self._start.now)
        state = stand.DirectionState(stream=workflow.info().workflow_id)
        self.journal = Journal(state.stream, state, self)
        self._clock: DeadlineClock[stand.DirectionState, clock.DirectionDue] = DeadlineClock(
            self.journal,
            clock.next_due,
            lambda due, state: clock.fire(
                due, state, self.start.order, self.policy, self._time.now()
            ),
            lambda state: state.ended,
        )
        self._mailroom = Mailroom(self.journal, self._mail_terms, self._letter_handled)
        self._inbox = InboxReader(
            self.journal, self._received, lambda: self.refuse_message(names.INBOX), self.park_row
        )
        self.signalled = self.take_signals()
        self._screen = DirectionScreen()
        self._told = self._standing()
        self._to_tell = False

    @property
    def state(self) -> stand.DirectionState:
        """Where the direction stands."""
        return self.journal.state

    @property
    def start(self) -> directing.DirectionStart:
        """What the request told this workflow when it started it."""
        if self._start is None:
            raise Refused(directing.BY_HAND)
        return self._start

    @property
    def policy(self) -> Policy:
        """The revision that the request is pinned to."""
        return policies.get(self.start.policy)

    def circumstances(self) -> tuple[Any, ...]:
        """Return what staff's actions are judged by."""
        return self.start.order, self.policy, self._time.now()

    def record(self, *events: e.Event) -> None:
        """Write events down; none follows the last one, whose hash the request records."""
        if not self.state.ended:
            self.journal.note(*events)

    @workflow.signal(name=names.INBOX, description="For the gateway: a message waits.")
    def message_waits(self, *payloads: Any) -> None:
        """Take note of an inbox row."""
        self._inbox.note(payloads)

    @workflow.query(name=names.STATUS, description="Where the direction stands.")
    def status(self) -> x.Status:
        """Show state and ledger side by side."""
        return self.journal.status()

    @workflow.run
    async def run(self, *payloads: Any) -> str:
        """Carry the direction to its last word."""
        await despite_cancel(self._carried_to_its_end(), self._cancel_is_not_an_end)
        return str(self.state.standing)

    async def _carried_to_its_end(self) -> None:
        start = self._begun()
        self._told = self._standing()
        self.journal.begin()
        hand_over = HandOver(
            self.journal, start, lambda: self.policy, self._time.now, self._inbox.note_item
        )
        helpers = [
            self.journal.keep(),
            self._clock.watch(),
            self._mailroom.carry(),
            self._inbox.read(),
            hand_over.send(),
            hand_over.fetch(),
            self._report(),
        ]
        await run_beside(self._procedure(), helpers)

    def _begun(self) -> directing.DirectionStart:
        """Go on from the ledger, if this workflow was lost; refuse a start by hand."""
        try:
            start = self.start
        except Refused as refused:
            raise staff_input(refused.sentence) from None
        if start.state is not None:
            self.journal.begin()
            self.journal.resume(start.state, start.head)
            self.journal.note(e.RequestResumed())
        return start

    async def _procedure(self) -> None:
        if self.state.issued is None:
            self.journal.note(decide.issue(self.start.order, self.policy, self._time.now()))
        await workflow.wait_condition(lambda: self.state.over and not self.state.waiting_letters)
        if not self.state.ended:
            self.journal.note(decide.end(self.state))
        await self.journal.until_settled()
        await workflow.wait_condition(lambda: not self._to_tell)
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _report(self) -> None:
        """Tell the request what it could not be told with the record, for as long as it takes."""
        while True:
            await workflow.wait_condition(lambda: self._to_tell)
            seen = self.journal.recorded_through
            told = x.TellRequest(stream=self.state.stream, final=self.state.ended)
            await directing.TELL_REQUEST(told, f"tell the request: {self.state.standing}")
            self._to_tell = self.journal.recorded_through != seen

    def _standing(self) -> tuple[object, ...]:
        """Return what the request is told as it comes; it reads the rest when it next looks."""
        late = bool(self.state.delayed or self.state.undeliverable)
        return self._reached_for_the_answer(), self.state.over, self.state.ended, late

    def _reached_for_the_answer(self) -> bool:
        """Whether the provider has its direction, where the answer says so at once."""
        reached = self.state.standing is not ProviderStanding.NOT_REACHED
        return reached and self._start is not None and answered_at_once(self._start.order.action)

    def follow_up(self) -> x.FollowUp:
        """Have letters sent, and the request told where the provider stands otherwise."""
        return x.FollowUp(letters=self._mailroom.outgoing(), tell=self._news())

    def _news(self) -> x.TellRequest | None:
        """Return what the request has to hear: of one of many, the end alone."""
        if self._standing() == self._told:
            return None
        self._told = self._standing()
        if self.start.one_of_many and not self.state.ended:
            return None
        return x.TellRequest(stream=self.state.stream, final=self.state.ended)

    def followed(self, recorded: x.Recorded) -> None:
        """Take the mail server's word, and tell a request later that cannot be told yet."""
        self._mailroom.take(recorded.letters)
        is_news = bool(recorded.noted) and self._news() is not None
        self._to_tell = self._to_tell or is_news or not recorded.told

    def now(self) -> datetime:
        """Return the business time."""
        return self._time.now()

    def show(self, state: stand.DirectionState, *, passing: bool) -> None:
        """Show staff where the direction stands."""
        if self._start is not None:
            self._screen.show(state, self._start.order, self.policy)

    def _received(self, item: x.InboxItem) -> None:
        """Take what came: the action of a signed-in person, or the provider's word."""
        if item.kind == signed_in.KIND:
            self.take_signed_in(item)
        else:
            self._acknowledged(item)

    def park_row(self, row: int, reason: str) -> None:
        """Put a message aside that cannot be read, and tell staff."""
        parked = e.MessageParked(inbox=row, reason=reason)
        self.record(parked, self._alert(Situation.MESSAGE_PARKED))

    def _acknowledged(self, item: x.InboxItem) -> None:
        """Take a word; one that comes after the end is left to whoever keeps late answers."""
        self.record(
            *decide.acknowledge(
                self.state,
                self.start.order,
                self.policy,
                self._time.now(),
                row=item.row,
                facts=item.facts,
            )
        )

    def _letter_handled(self, word: x.Dispatched) -> None:
        if word.result == "refused":
            self._letter_refused(word)

    def _letter_refused(self, word: x.Dispatched) -> None:
        """Have staff see to a letter that the provider's mail server will never take."""
        refused = e.NoticeRefused(letter=word.letter, reply_code=word.reply_code)
        self.journal.note(refused)
        if self.state.letters[word.letter].audience == "provider":
            reason = f"mail_{word.reply_code}"
            self.journal.note(
                *decide.undeliverable(self.start.order, self.policy, reason, self._time.now())
            )

    def _cancel_is_not_an_end(self) -> None:
        if not (self.state.ended and workflow.patched(NOTHING_FOLLOWS_THE_END)):
            self.journal.note(e.CancelRequested(), self._alert(Situation.CANCEL_ATTEMPTED))

    def sender_differs(self) -> None:
        """Tell staff that a signal names another than its sender."""
        self.record(self._alert(Situation.SENDER_DIFFERED))

    def _alert(self, situation: Situation) -> e.Event:
        return decide.alert(self.start.order, self.policy, situation, self._time.now())

    def _mail_terms(self) -> tuple[PolicyPin, MailTerms]:
        return self.start.policy, self.policy.mail
