"""An answer that came after its direction had ended: kept, and told where it matters."""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

from domain import events as e
from domain import policies
from domain.decisions import late_answer as decide
from domain.decisions.direction import alert
from domain.late_answer import LateAnswerState
from domain.late_answer_actions import LATE_ANSWER_ACTIONS, LETTER_POSTED
from domain.notice_words import Situation
from domain.policy import Policy, PolicyPin
from domain.policy_terms.duties import MailTerms
from domain.refusals import Refused
from domain.state import RequestState
from workflows import directing, names
from workflows import exchange as x
from workflows.business_time import BusinessTime
from workflows.journal import Journal, StreamOwner
from workflows.mailroom import Mailroom
from workflows.screen import Columns
from workflows.staff_actions import offers_late_answer_actions
from workflows.staff_desk import StaffDesk, staff_input
from workflows.starts import read_start
from workflows.supervision import despite_cancel, run_beside

UNTIL_NOTED = (timedelta(seconds=30), timedelta(hours=1))
"""How soon it is seen again whether an open request has noted a late answer, at first and at the
latest: one that takes no note for days must not fill this history."""


WAITS_AT_THE_POST_DESK = "a supplement on paper waits to be posted"
"""Patch: marked only where one is printed; without it, its word was asked for again and again."""


@workflow.defn(name=names.LATE_ACKNOWLEDGEMENT)
@offers_late_answer_actions
class LateAcknowledgement(StaffDesk, StreamOwner[LateAnswerState]):
    """Writes to the consumer, and to staff, what a provider said too late for the letter."""

    actions = LATE_ANSWER_ACTIONS
    journal: Journal[LateAnswerState]

    @workflow.init
    def __init__(self, *payloads: Any) -> None:
        self._late = read_start(directing.LateStart, payloads)
        self._time = BusinessTime()
        self._word: directing.LateWord | None = None
        state = LateAnswerState(stream=workflow.info().workflow_id)
        self.journal = Journal(state.stream, state, self)
        self._mailroom = Mailroom(self.journal, self._mail_terms, self._letter_handled)
        self.signalled = self.take_signals()

    def circumstances(self) -> tuple[Any, ...]:
        """Return what staff's actions are judged by."""
        return self._policy, self._time.now()

    def record(self, *events: e.Event) -> None:
        """Write events down, up to the last one."""
        if not self.journal.state.settled:
            self.journal.note(*events)

    def sender_differs(self) -> None:
        """Tell staff that a signal names another than its sender, once the answer was read."""
        if self._word is not None:
            now, differed = self._time.now(), Situation.SENDER_DIFFERED
            self.record(alert(self._word.order, self._policy, differed, now))

    @workflow.signal(name=names.INBOX, description="For the gateway; nothing waits here.")
    def message_waits(self, *payloads: Any) -> None:
        """Take no notice: the one message of this workflow is the one it started with."""

    @workflow.query(name=names.STATUS, description="What was done about the late answer.")
    def status(self) -> x.Status:
        """Show state and ledger side by side."""
        return self.journal.status()

    @workflow.run
    async def run(self, *payloads: Any) -> str:
        """Keep the answer, compare it with the letters, write what is owed."""
        return await despite_cancel(self._carried_to_its_end(), lambda: None)

    async def _carried_to_its_end(self) -> str:
        word = await self._stored()
        if word.state.n:
            self.journal.resume(word.state, word.head)
        self._word = word
        helpers = [self.journal.keep(), self._mailroom.carry()]
        await run_beside(self._procedure(word), helpers)
        return str(word.standing)

    async def _stored(self) -> directing.LateWord:
        if self._late is None:
            raise staff_input(directing.BY_HAND)
        self._time.observe(self._late.now)
        asked = directing.StoreLate(
            stream=self.journal.stream,
            now=self._time.now(),
            **self._late.model_dump(exclude={"now"}),
        )
        word = await directing.STORE_LATE(asked, "keep the late answer")
        self._time.observe(word.at)
        return word

    async def _procedure(self, word: directing.LateWord) -> None:
        if not self.journal.state.compared:
            request = await self._closed_request(word)
            compared = decide.compared(
                word.order, word.standing, word.ended_as, self._policy, self._time.now(), request
            )
            self.journal.note(*compared)
        await workflow.wait_condition(lambda: not self.journal.state.waiting_letters)
        await self._until_posted()
        self.journal.note(e.LateAnswerSettled(inbox=word.message))
        await self.journal.until_settled()
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _until_posted(self) -> None:
        """Wait until staff have posted what goes on paper, in the list of what waits for them."""
        state = self.journal.state
        if not state.letters_to_post:
            return
        columns = Columns()
        columns.show(names.NEEDS_ACTION.value_set(LETTER_POSTED))
        await workflow.wait_condition(
            lambda: not (self.journal.state.letters_to_post or self.journal.state.waiting_letters)
        )
        columns.show(names.NEEDS_ACTION.value_set(names.NOTHING))

    async def _closed_request(self, word: directing.LateWord) -> RequestState | None:
        """Leave news to a request that is open; return one that is closed already."""
        if not decide.is_news(word.standing, word.ended_as):
            return None
        nudge = x.TellRequest(stream=word.direction, final=True)
        asked = directing.LookAtRequest(
            request_id=word.order.request_id, provider=word.order.provider, standing=word.standing
        )
        pause, longest = UNTIL_NOTED
        while True:
            await directing.TELL_REQUEST(nudge, "tell the request")
            looked = await directing.LOOK_AT_REQUEST(asked, "see what the consumer was told")
            if looked.tells_itself or looked.request is not None:
                return looked.request
            await workflow.sleep(pause, summary="the request takes note")
            pause = min(2 * pause, longest)

    def now(self) -> datetime:
        """Return the business time."""
        return self._time.now()

    def follow_up(self) -> x.FollowUp:
        """Have the letters sent that the record asks for."""
        return x.FollowUp(letters=self._mailroom.outgoing())

    def followed(self, recorded: x.Recorded) -> None:
        """Take the mail server's word on them."""
        self._mailroom.take(recorded.letters)

    @property
    def _read(self) -> directing.LateWord:
        if self._word is None:
            raise Refused("The late answer is still being read. Try again in a moment.")
        return self._word

    @property
    def _policy(self) -> Policy:
        return policies.get(self._read.policy)

    def _mail_terms(self) -> tuple[PolicyPin, MailTerms]:
        return self._read.policy, self._policy.mail

    def _letter_handled(self, word: x.Dispatched) -> None:
        if word.result == "refused":
            self.journal.note(e.NoticeRefused(letter=word.letter, reply_code=word.reply_code))
        elif word.result == "queued" and workflow.patched(WAITS_AT_THE_POST_DESK):
            now = self._time.now()
            order, policy = self._read.order, self._policy
            self.journal.note(*decide.letter_queued(order, word.letter, policy, now))
