"""The procedure for one consumer request, from receipt to close."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from domain import actions, deadlines, minors, policies, signed_in, start
from domain import events as e
from domain.actions import ACTIONS
from domain.decisions import correspondence, identity, inbox, letters, outcome, receipt, reopening
from domain.decisions import fulfilment as fulfilled
from domain.entitlement import SOMEBODY, Sender
from domain.notice_words import Situation
from domain.paths import Proof, path_of
from domain.policy import Policy, PolicyPin
from domain.policy_terms.duties import MailTerms
from domain.refusals import Refused
from domain.state import RequestState, next_fulfilment
from workflows import exchange as x
from workflows import merging, names, screen, steps
from workflows.business_time import BusinessTime
from workflows.deadline_clock import DeadlineClock
from workflows.fulfilment import STRATEGIES, direct, release
from workflows.inbox_reader import InboxReader
from workflows.journal import Journal, StreamOwner
from workflows.mailroom import Mailroom
from workflows.parking import failure_code
from workflows.report_reader import ReportReader
from workflows.signalled import Signalled
from workflows.staff_actions import offers_staff_actions
from workflows.staff_desk import StaffDesk, staff_input
from workflows.supervision import despite_cancel, run_beside

A_MOMENT = timedelta(minutes=2)
"""How long the answer waits for providers that were directed just now to have their direction."""

NAMES_THE_LAW = "a signalled denial names the law that it rests on"
"""Patch: marked only where a signal would be refused for it."""

OPENS_WHAT_WAS_RELEASED = "a resumed request opens the way to what was released before"
"""Patch: its release is on record, and whether its package was opened is not."""

EARLY_BOUNCES = "a letter may be back before the word that it is out"
"""Patch: marked only where an earlier release ignored that."""


@workflow.defn(name=names.CONSUMER_REQUEST)
@offers_staff_actions
class ConsumerRequest(StaffDesk, StreamOwner[RequestState]):
    """One consumer's request. Never ends as Failed once its first event is recorded."""

    actions = ACTIONS
    journal: Journal[RequestState]

    @workflow.init
    def __init__(self, *payloads: Any) -> None:
        request_id = workflow.info().workflow_id
        state = RequestState(request_id=request_id)
        self._time = BusinessTime()
        self.journal = Journal(request_id, state, self)
        self._clock: DeadlineClock[RequestState, deadlines.Due] = DeadlineClock(
            self.journal,
            lambda state: deadlines.next_due(state, self.policy) if state.received else None,
            lambda due, state: due.fire(state, self.policy, self._time.now()),
            lambda state: state.closed,
        )
        self._mailroom = Mailroom(self.journal, self._mail_terms, self._letter_handled)
        self._inbox = InboxReader(
            self.journal, self._received, lambda: self.refuse_message(names.INBOX), self.park_row
        )
        self._reports = ReportReader(
            self.journal, lambda: self.refuse_message(names.PROVIDER_REPORTED)
        )
        self.signalled = Signalled(
            ACTIONS, self._decide_signalled, self.record, self.sender_differs
        )
        self._screen = screen.Screen()

    @property
    def state(self) -> RequestState:
        """Where the request stands."""
        return self.journal.state

    @property
    def policy(self) -> Policy:
        """The revision that the request is pinned to, by its history (PRN-02)."""
        if self.state.policy is None:
            raise Refused("The request is still being opened. Try again in a moment.")
        return policies.get(self.state.policy)

    def refuse_unlawful(self, action: str, payloads: Sequence[Any]) -> None:
        """Raise the sentence that tells staff why not; a signed-in person's row is read first."""
        if signed_in.referred_row(payloads) is None or not self.state.received:
            self._decided(action, payloads)
            self._must_be_complete(action, payloads)

    async def act(self, action: str, payloads: Sequence[Any]) -> str:
        """Carry an action out; the current details show what follows."""
        row = signed_in.referred_row(payloads)
        if row is None:
            self.journal.note(*self._decided(action, payloads), by_update=True)
        elif row not in self.state.inbox_seen:
            await self._act_signed_in(row)
        await merging.until_judged(self, action)
        return f"{action}: recorded."

    def take_signed_in(self, item: x.InboxItem) -> tuple[e.Event, ...]:
        """Take what a signed-in person sent, as from any other inbox row."""
        return self._received(item)

    def decide_action(
        self, action: str, payloads: Sequence[Any], sender: Sender = SOMEBODY
    ) -> tuple[e.Event, ...]:
        """Return what an action causes, by who may take it and how many must."""
        now = self._time.now()
        return actions.decide(action, payloads, self.state, self.policy, now, sender)

    def _must_be_complete(self, action: str, payloads: Sequence[Any]) -> None:
        try:
            actions.must_be_complete(action, payloads)
        except Refused as refused:
            raise staff_input(refused.sentence) from None

    def _decide_signalled(
        self, action: str, payloads: Sequence[Any], sender: Sender
    ) -> tuple[e.Event, ...]:
        """Decide on a signal, which had no validator; what an earlier release took stands."""
        events = self.decide_action(action, payloads, sender)
        try:
            actions.must_be_complete(action, payloads)
        except Refused:
            if workflow.patched(NAMES_THE_LAW):
                raise
        return events

    def sender_differs(self) -> None:
        """Tell staff that a signal names another than its sender, once there is a request."""
        if self.state.received:
            self.tell_staff(Situation.SENDER_DIFFERED)

    @workflow.signal(name=names.INBOX, description="For the gateway: a message waits.")
    def message_waits(self, *payloads: Any) -> None:
        """Take note of an inbox row; content that nobody vouches for is read from Postgres."""
        self._inbox.note(payloads)

    @workflow.signal(
        name=names.PROVIDER_REPORTED, description="For a provider's workflow: look at its ledger."
    )
    def provider_reported(self, *payloads: Any) -> None:
        """Take note that a provider's stream moved; what nobody vouches for is read from it."""
        self._reports.note(payloads)

    @workflow.query(name=names.STATUS, description="Where the request stands.")
    def status(self) -> x.Status:
        """Show state and ledger side by side."""
        return self.journal.status()

    @workflow.run
    async def run(self, *payloads: Any) -> str:
        """Carry the request to its end."""
        await despite_cancel(self._carried_to_its_end(payloads), self._cancel_is_not_an_end)
        return str(self.state.outcome)

    async def _carried_to_its_end(self, payloads: Sequence[Any]) -> None:
        await self._open(payloads)
        helpers = [
            self.journal.keep(),
            self._clock.watch(),
            self._mailroom.carry(),
            self._inbox.read(),
            self._reports.take(),
            merging.compare_duplicates(self),
        ]
        await run_beside(self._procedure(), helpers)

    async def _procedure(self) -> None:
        self._confirm_receipt()
        await self._verify_and_decide()
        await self._fulfil()
        while self.state.awaits_decision:
            await self._decide_anew()
        await self._direct_the_providers()
        await self._answer()
        await self._open_purge()
        await self._keep_the_package()
        await self._close()

    async def _open(self, payloads: Sequence[Any]) -> None:
        """Have the first events written, or go on from the ledger; refuse anything else."""
        request_id = workflow.info().workflow_id
        try:
            began = start.read_start(request_id, payloads)
        except Refused as refused:
            raise staff_input(refused.sentence) from None
        opened = await steps.OPEN_REQUEST(
            x.OpenRequest(request_id=request_id, now=self._time.now(), start=began),
            "open the request",
        )
        self.journal.begin()
        if opened.state is not None:
            self._resume(opened.state, opened.head, began)
        else:
            self.journal.open(opened.documents)
            self._mailroom.take(opened.letters)

    def _resume(self, state: RequestState, head: str, began: start.RequestStart) -> None:
        """Go on from the ledger; what providers said meanwhile is read from their streams."""
        if state.at is not None:
            self._time.observe(state.at)
        self.journal.resume(state, head)
        if not state.closed:
            self.journal.note(e.RequestResumed(), *outcome.unsaid_of_letters(state))
        elif began.reopening is not None:
            self._reopen(began.reopening)
        self._reports.look_at(state.open_directions)

    def _reopen(self, wanted: start.Reopening) -> None:
        """Take it up again; where that is unlawful it stays closed, and ends at once."""
        with suppress(Refused):
            self.journal.note(*reopening.reopen(self.state, wanted, self.policy, self._time.now()))

    def _confirm_receipt(self) -> None:
        """Tell the consumer what was understood and what is needed (CLK-01)."""
        if not self.state.letters:
            self.journal.note(*receipt.confirm_receipt(self.state, self.policy, self._time.now()))

    async def _verify_and_decide(self) -> None:
        """Come to a decision; what is another kind of request, or from elsewhere, begins anew."""
        to_prove = None
        while to_prove != self.state.to_prove:
            to_prove = self.state.to_prove
            await self._verify()
            await self._act_at_once()
            await self._decide(to_prove)

    async def _verify(self) -> None:
        """Match what the consumer proves, until it suffices or the window ends (VER-16, CLK-10)."""
        while not self.state.identity_settled:
            await workflow.wait_condition(
                lambda: self.state.assessment_is_due or self.state.identity_settled
            )
            if not self.state.identity_settled:
                await self._assess()
        await workflow.wait_condition(lambda: self.state.proved_or_decided)

    async def _assess(self) -> None:
        if path_of(self.state.request_type).proof is Proof.CONFIRMATION:
            self.journal.note(*identity.confirmed(self.state))
            return
        await self.attempt(
            "match_identity",
            self._match_identity,
            unless=lambda: self.state.identity_settled,
        )

    async def _match_identity(self) -> None:
        evidence, to_prove = self.state.evidence_received, self.state.to_prove
        match = await self.journal.carry_out(
            steps.MATCH_IDENTITY, self.of_request(), "match the points of identity"
        )
        if not self.state.identity_settled and self.state.to_prove == to_prove:
            now, counted = self._time.now(), match.model_dump()
            assessed = identity.assess(self.state, self.policy, now, **counted, evidence=evidence)
            self.journal.note(*assessed)

    async def _act_at_once(self) -> None:
        """Do what is reversible and does not wait for anybody (MIN-06, REQ-16)."""
        if not self.state.must_prove and not self.state.by_rule:
            await self.attempt("locate", self._locate, unless=lambda: bool(self.state.decision))
        if self.state.decision is None:
            await self._fulfil()

    async def _locate(self) -> None:
        """Find whom a report is about; nobody is told whether there is anyone (MIN-06)."""
        await self.journal.carry_out(
            steps.MATCH_IDENTITY, self.of_request(), "find whom the report is about"
        )

    async def _decide(self, to_prove: tuple[object, ...]) -> None:
        """Show staff what is held and wait for their decision; nothing irreversible without it.

        It ends without one where something else than ``to_prove`` has to be proved meanwhile.
        """
        if self.state.decision is None:
            self.journal.note(*fulfilled.by_rule(self.state))
        if self.state.awaits_decision:
            await self._prepare_decision()
            self.journal.note(*fulfilled.of_planted(self.state))
        await workflow.wait_condition(
            lambda: self.state.decision is not None or self.state.to_prove != to_prove
        )

    async def _prepare_decision(self) -> None:
        def decided() -> bool:
            return not self.state.awaits_decision

        if self.state.earlier is None and self.state.looks_back:
            await self.attempt("count_earlier", self._count_earlier, unless=decided)
        if self.state.holdings is None:
            await self.attempt("survey_holdings", self._survey_holdings, unless=decided)

    async def _count_earlier(self) -> None:
        counted = await self.journal.carry_out(
            steps.COUNT_EARLIER, self.of_request(), "count earlier requests"
        )
        self.journal.note(e.EarlierRequestsCounted(**counted.model_dump()))

    async def _survey_holdings(self) -> None:
        await self.journal.carry_out_and_note(
            steps.SURVEY_HOLDINGS, self.of_request(), "count what is held"
        )

    async def _fulfil(self) -> None:
        """Do what was decided, by the strategy of its kind."""
        found_released = self.state.disclosed is not None and self.state.outcome_letter is None
        while (kind := next_fulfilment(self.state)) is not None:
            await STRATEGIES[kind](self)
        if found_released and workflow.patched(OPENS_WHAT_WAS_RELEASED):
            await release(self)

    async def _decide_anew(self) -> None:
        """Have staff decide again what they had undone (DEL-17)."""
        await self._decide(self.state.to_prove)
        await self._fulfil()

    async def _direct_the_providers(self) -> None:
        """Start a workflow of its own for every provider that must act (DEL-07)."""
        if not fulfilled.owes_directions(self.state):
            return
        await self._released()
        await direct(self, "direct the service providers")

    async def _answer(self) -> None:
        """Send the outcome letter; its acceptance stops the clock."""
        if not outcome.is_answered_by_letter(self.state):
            return
        await workflow.wait_condition(
            lambda: self.state.providers_ended or self.state.provider_wait_ended
        )
        while not self.state.answered:
            await self._released()
            if self.state.outcome_letter is None:
                await self._look_at_providers()
                self.journal.note(*outcome.answer(self.state, self.policy, self._time.now()))
            await workflow.wait_condition(
                lambda: self.state.answered or self.state.outcome_letter is None
            )

    async def _open_purge(self) -> None:
        """Keep the promise to hold no data of the young, after their own request (MIN-06)."""
        young = self.state.age_band and minors.opens_purge(minors.Band(self.state.age_band))
        if young and not self.state.purge and not self.state.is_purge:
            opened = await self.journal.carry_out(
                steps.OPEN_PURGE, self.of_request(), "open a purge for a young person"
            )
            self.journal.note(e.MinorNoticed(purge=opened.purge))

    async def _keep_the_package(self) -> None:
        """Stay while the package can be fetched: its codes are mailed from here (KNO-07)."""
        if self.state.closed or not self.state.keeps_package:
            return
        await workflow.wait_condition(lambda: self.state.package_ends_at is None)

        async def purge() -> None:
            await self.journal.carry_out(
                steps.PURGE_PACKAGE, self.of_request(), "purge the package"
            )

        await self.attempt("purge_package", purge, unless=lambda: self.state.closed)

    async def _close(self) -> None:
        """Close when every provider has had its last word and every letter is out."""
        await workflow.wait_condition(
            lambda: self.state.providers_ended and outcome.is_told(self.state)
        )
        await self._released()
        if not self.state.closed:
            self.journal.note(*outcome.supplement(self.state, self.policy, self._time.now()))
            await workflow.wait_condition(
                lambda: not self.state.unsent_letters and outcome.is_told(self.state)
            )
            self.journal.note(*outcome.close(self.state, self.policy, self._time.now()))
        await workflow.wait_condition(
            lambda: workflow.all_handlers_finished() and self.journal.settled
        )

    def _received(self, item: x.InboxItem) -> tuple[e.Event, ...]:
        """Note what a row comes to: nothing, where it was taken meanwhile."""
        now, said = self._time.now(), item.model_dump(include={"row", "kind", "facts"})
        events = inbox.receive(self.state, self.policy, now, **said)
        if any(map(self._is_early_bounce, events)) and not workflow.patched(EARLY_BOUNCES):
            events = (e.MessageIgnored(inbox=item.row),)
        self.journal.note(*events)
        return events

    def _is_early_bounce(self, event: e.Event) -> bool:
        """Tell whether a letter came back of which it is not known yet that it is out."""
        if not isinstance(event, e.LetterBounced):
            return False
        return self.state.letters[event.letter].status == "waiting"

    def park_row(self, row: int, reason: str) -> None:
        """Put a message aside that cannot be read, and tell staff."""
        now = self._time.now()
        self.journal.note(*inbox.unreadable(self.state, self.policy, now, row, reason))

    async def _look_at_providers(self) -> None:
        """See where they stand before it is told; those just directed get a moment to take it."""
        await self._reports.read(self.state.open_directions)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self.state.providers_reached,
                timeout=A_MOMENT,
                timeout_summary="let the providers take their directions",
            )
        await self._reports.read(self.state.open_directions)

    async def attempt(
        self, step: str, act: Callable[[], Awaitable[None]], unless: Callable[[], bool]
    ) -> None:
        """Carry a step out; what fails for good parks the request while its clock runs on.

        Staff have it tried again, or make it pointless: then ``unless`` holds and it is left.
        """
        while not await self._pointless(unless):
            try:
                await act()
                return
            except ActivityError as failure:
                self.park(step, failure_code(failure))
            await workflow.wait_condition(lambda: self.state.parked is None or unless())

    async def _pointless(self, unless: Callable[[], bool]) -> bool:
        """Tell whether a step has become pointless; of a frozen request once it is released."""
        await self.journal.until_free()
        if self.state.frozen is not None:
            await workflow.wait_condition(lambda: self.state.frozen is None or unless())
        return unless()

    async def _released(self) -> None:
        """Wait while the request is frozen after a misdelivery; its clock runs on."""
        if self.state.frozen is not None:
            await workflow.wait_condition(lambda: self.state.frozen is None)

    def park(self, step: str, reason: str) -> None:
        """Have staff mend what stopped a step."""
        alert = letters.staff_alert(
            self.state, self.policy, Situation.STEP_PARKED, self._time.now(), place=step
        )
        self.journal.note(e.StepParked(step=step, reason=reason), alert)

    def tell_staff(self, situation: Situation) -> None:
        """Mail staff that something waits for them."""
        now = self._time.now()
        self.journal.note(letters.staff_alert(self.state, self.policy, situation, now))

    def _letter_handled(self, word: x.Dispatched) -> None:
        """Note the mail server's word on one letter."""
        if word.result == "accepted":
            self.journal.note(*outcome.follows_from_letter(self.state, word.letter, word.at))
        elif word.result == "queued":
            self.journal.note(
                *correspondence.letter_queued(
                    self.state, self.policy, word.letter, self._time.now()
                )
            )
        elif word.result == "refused":
            refused = outcome.letter_refused(
                self.state, self.policy, word.letter, word.reply_code, self._time.now()
            )
            self.journal.note(*refused)

    def _cancel_is_not_an_end(self) -> None:
        """Note the attempt; staff are told of it as well once there is a request."""
        noted: tuple[e.Event, ...] = (e.CancelRequested(),)
        if self.state.received:
            now, attempted = self._time.now(), Situation.CANCEL_ATTEMPTED
            noted += (letters.staff_alert(self.state, self.policy, attempted, now),)
        self.journal.note(*noted)

    def of_request(self) -> x.OfRequest:
        return x.OfRequest(
            request_id=self.state.request_id, now=self._time.now(), policy=self.state.pinned
        )

    def _mail_terms(self) -> tuple[PolicyPin, MailTerms]:
        return self.state.pinned, self.policy.mail

    def now(self) -> datetime:
        """Return the business time."""
        return self._time.now()

    def projection(self) -> x.Projection:
        """Return what lists and the gateway show of the request."""
        return screen.projection(self.state, self.policy, self._time.now())

    def show(self, state: RequestState, *, passing: bool) -> None:
        """Show staff where the request stands."""
        policy = self.policy if state.received else None
        self._screen.show(state, policy, self._time.now(), passing=passing)

    def follow_up(self) -> x.FollowUp:
        """Have the letters sent that the record asks for."""
        return x.FollowUp(letters=self._mailroom.outgoing())

    def followed(self, recorded: x.Recorded) -> None:
        """Take the mail server's word on them."""
        self._mailroom.take(recorded.letters)
