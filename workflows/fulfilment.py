"""Fulfilment strategies: what is done for a decision, step by step, each parked when it fails."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from temporalio import workflow
from temporalio.exceptions import ActivityError

from domain import events as e
from domain.decisions import fulfilment
from domain.decisions.undoing import keeps_journal, put_back, taken_out
from domain.notice_words import OptOutScope, Situation
from domain.paths import Fulfilment, path_of
from domain.policy import Policy
from domain.state import RequestState, next_fulfilment
from domain.vocabulary import RequestType
from workflows import exchange as x
from workflows import exchange_disclosure as xd
from workflows import steps
from workflows.journal import Journal
from workflows.parking import failure_code

LOOK_AGAIN = timedelta(days=1)
PLANS_IN_A_ROW = 3


class Procedure(Protocol):
    """What a strategy needs of the request's workflow."""

    journal: Journal[RequestState]

    @property
    def state(self) -> RequestState:
        """Where the request stands."""
        ...

    @property
    def policy(self) -> Policy:
        """The pinned revision."""
        ...

    def of_request(self) -> x.OfRequest:
        """Return the input of a step that needs only the request."""
        ...

    def park(self, step: str, reason: str) -> None:
        """Have staff mend what stopped a step."""
        ...

    def tell_staff(self, situation: Situation) -> None:
        """Mail staff that something waits for them."""
        ...

    async def attempt(
        self, step: str, act: Callable[[], Awaitable[None]], unless: Callable[[], bool]
    ) -> None:
        """Carry a step out, parking what fails for good."""
        ...


async def erase(request: Procedure) -> None:
    """Plan, erase, and believe only a fresh connection (DEL-01, DEL-04, DEL-05)."""

    def over() -> bool:
        return next_fulfilment(request.state) is not Fulfilment.ERASE

    await wait_for_reports(request)

    async def plan() -> None:
        await _plan(request)

    async def carry_out() -> None:
        undoable = keeps_journal(request.state, request.policy)
        proof = await _erase(request, undoable)
        if proof.still_found:
            request.park("prove_absence", "still_found_in_" + "_".join(proof.still_found))
        elif undoable:
            now = request.journal.now()
            request.journal.note(taken_out(request.state, request.policy, proof.planned, now))
        else:
            request.journal.note(e.DataErased(**proof.model_dump(exclude={"still_found"})))

    if request.state.plan is None:
        await request.attempt("plan_erasure", plan, unless=over)
    while not over():
        await workflow.wait_condition(lambda: request.state.parked is None or over())
        if not _stands_undoable(request.state):
            await request.attempt("erase", carry_out, unless=over)
        await _leave_undoable(request)


async def _leave_undoable(request: Procedure) -> None:
    """Wait for the end of the restore journal; until then two people can undo it (DEL-17)."""
    if not _stands_undoable(request.state):
        return

    def ended() -> bool:
        return not request.state.can_be_undone

    async def undo() -> None:
        await _put_back(request)

    async def end() -> None:
        await _destroy_journal(request)
        request.journal.note(e.RestoreJournalDestroyed())

    await workflow.wait_condition(lambda: ended() or _is_to_be_undone(request.state))
    await request.attempt("put_back", undo, unless=ended)
    if _stands_undoable(request.state):
        await request.attempt("destroy_journal", end, unless=lambda: request.state.answered)


async def _put_back(request: Procedure) -> None:
    """Put the rows back while the journal stands, and never after; then staff decide anew."""
    undoing = request.state.undoing
    assert undoing is not None, "only what was taken out is put back"
    left = undoing.until - request.journal.now()
    undone = await request.journal.carry_out(
        steps.PUT_BACK, request.of_request(), "put back what was erased", within=left
    )
    await _destroy_journal(request, undone=True)
    now = request.journal.now()
    request.journal.note(*put_back(request.state, request.policy, **undone.model_dump(), now=now))


async def _destroy_journal(request: Procedure, *, undone: bool = False) -> None:
    asked = x.DestroyJournal(**request.of_request().model_dump(), undone=undone)
    await request.journal.carry_out(steps.DESTROY_JOURNAL, asked, "destroy the restore journal")


def _stands_undoable(state: RequestState) -> bool:
    return state.undoing is not None and not state.undoing.destroyed


def _is_to_be_undone(state: RequestState) -> bool:
    return state.undoing is not None and state.undoing.approved


async def _plan(request: Procedure) -> None:
    """Plan the erasure, or plan it again after the plan that stands."""
    outdated = request.state.plan.plan_hash if request.state.plan else ""
    asked = x.PlanErasure(
        **request.of_request().model_dump(),
        replaces=outdated,
        kept_by_staff=request.state.kept_by_staff,
    )
    planned = await request.journal.carry_out(steps.PLAN_ERASURE, asked, "plan the erasure")
    request.journal.note(e.ErasurePlanned(**planned.model_dump()))


async def _erase(request: Procedure, undoable: bool) -> x.Proof:
    """Erase what is planned; rows that came in since are planned too, some times at most."""
    for plans_left in reversed(range(PLANS_IN_A_ROW)):
        try:
            asked = x.Erase(**request.of_request().model_dump(), undoable=undoable)
            return await request.journal.carry_out(
                steps.ERASE, asked, "erase what is planned, and prove that it is gone"
            )
        except ActivityError as failure:
            if failure_code(failure) != steps.PLAN_OUTDATED or not plans_left:
                raise
        await _plan(request)
    raise AssertionError("the last plan is carried out, or fails")


async def wait_for_reports(request: Procedure) -> None:
    """Let the copy that was asked for with a deletion be fetched first, but not for ever (REQ-12).

    Whether it was fetched stands in the ledger; looked at daily.
    """
    while request.state.waits_for_reports:
        asked = x.ReadReports(requests=request.state.waits_for)
        unfetched = await request.journal.carry_out(
            steps.READ_REPORTS, asked, "see whether the report was fetched"
        )
        if not unfetched.requests:
            request.journal.note(e.ReportsSettled(requests=request.state.waits_for))
            return
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: not request.state.waits_for_reports,
                timeout=LOOK_AGAIN,
                timeout_summary="see again whether the report was fetched",
            )


async def collect(request: Procedure) -> None:
    """Have providers that return copies send theirs, before the package is built (KNO-02)."""

    async def ask() -> None:
        if gives_pieces(request.state):
            await request.journal.until_settled()
            await direct(request, "ask providers for their copies")
        else:
            request.journal.note(
                e.ProvidersDirected(providers={}, wait_until=request.journal.now())
            )

    await _until_done(request, Fulfilment.COLLECT, "ask_for_copies", ask)


async def direct(request: Procedure, what: str) -> None:
    """Start a workflow for every provider that must act, and note whom that concerns (DEL-07)."""
    order = fulfilment.order_of(request.state)
    waits = fulfilment.wait_for_providers(request.state, request.policy, request.journal.now())
    asked = x.StartDirections(
        **request.of_request().model_dump(), **order.model_dump(), wait_until=waits
    )
    await request.journal.carry_out_and_note(steps.START_DIRECTIONS, asked, what)


async def disclose(request: Procedure) -> None:
    """Compile the report and, where pieces are given, the package (KNO-01, KNO-02).

    Copies of providers are waited for as every answer waits for providers: for days, not for ever.
    """

    async def compile_report() -> None:
        asked = x.CompileReport(
            **request.of_request().model_dump(), specific_pieces=gives_pieces(request.state)
        )
        compiled = await request.journal.carry_out(
            steps.COMPILE_REPORT, asked, "compile the report"
        )
        report = e.ReportCompiled(**compiled.model_dump())
        request.journal.note(*fulfilment.report_compiled(report))

    def over() -> bool:
        return next_fulfilment(request.state) is not Fulfilment.DISCLOSE

    await workflow.wait_condition(
        lambda: over() or request.state.providers_ended or request.state.provider_wait_ended
    )
    if request.state.report is None:
        await request.attempt("compile_report", compile_report, unless=over)
    if request.state.awaits_release and not over():
        request.tell_staff(Situation.REVIEW_NEEDED)
    await _review(request, over)
    await release(request)


async def _review(request: Procedure, over: Callable[[], bool]) -> None:
    """Build further versions of the package as staff ask for them, until one is released."""

    async def rebuild() -> None:
        step = request.state.review_steps
        asked = xd.ReviewPackage(
            **request.of_request().model_dump(), decisions=request.state.review
        )
        built = await request.journal.carry_out(
            steps.REVIEW_PACKAGE, asked, "build the package by the review"
        )
        request.journal.note(e.ReportCompiled(**built.model_dump(), review=step))

    def settled() -> bool:
        return over() or not request.state.rebuilding

    while not over():
        await workflow.wait_condition(lambda: over() or request.state.rebuilding)
        await request.attempt("review_package", rebuild, unless=settled)


async def release(request: Procedure) -> None:
    """Open the way out for exactly the version that was released."""
    disclosed = request.state.disclosed
    if disclosed is None or not disclosed.specific_pieces:
        return

    async def let_out() -> None:
        asked = xd.ReleasePackage(
            **request.of_request().model_dump(), package_hash=disclosed.content_hash
        )
        await request.journal.carry_out(steps.RELEASE_PACKAGE, asked, "release the package")

    await request.attempt("release_package", let_out, unless=lambda: request.state.answered)


async def correct(request: Procedure) -> None:
    """Write the right values, read them back, and pin them against feeds (COR-04)."""

    async def apply() -> None:
        corrected = await request.journal.carry_out(
            steps.APPLY_CORRECTIONS, request.of_request(), "correct the data"
        )
        request.journal.note(e.DataCorrected(**corrected.model_dump()))

    await _until_done(request, Fulfilment.CORRECT, "apply_corrections", apply)


async def choose(request: Procedure) -> None:
    """Store a choice of the consumer, and keep it kept (OPT-01, OPT-08, REQ-10)."""

    async def apply() -> None:
        path = path_of(request.state.request_type)
        assert path.choice is not None, "only paths that choose come here"
        asked = x.ApplyChoice(
            **request.of_request().model_dump(), choice=path.choice, opts_in=path.opts_in
        )
        await request.journal.carry_out(steps.APPLY_CHOICE, asked, "store the choice")
        request.journal.note(
            fulfilment.choice_applied(request.state, request.policy, request.journal.now())
        )

    await _until_done(request, Fulfilment.CHOOSE, "apply_choice", apply)


async def deactivate(request: Procedure) -> None:
    """Switch an account or a publication off, reversibly (MIN-06, REQ-16)."""

    async def switch_off() -> None:
        done = await request.journal.carry_out(
            steps.DEACTIVATE, request.of_request(), "switch the account off"
        )
        request.journal.note(e.AccountDeactivated(rows=done.rows))

    await _until_done(request, Fulfilment.DEACTIVATE, "deactivate", switch_off)


async def treat_as_opt_out(request: Procedure) -> None:
    """Treat a deletion that nobody could verify as an opt-out (VER-08, DEL-10)."""

    async def apply() -> None:
        asked = x.ApplyChoice(
            **request.of_request().model_dump(), choice=OptOutScope.SALE_SHARING, opts_in=False
        )
        await request.journal.carry_out(
            steps.APPLY_CHOICE, asked, "apply the opt-out of sale and sharing"
        )
        request.journal.note(fulfilment.opted_out(request.policy, request.journal.now()))

    await _until_done(request, Fulfilment.TREAT_AS_OPT_OUT, "apply_opt_out", apply)


STRATEGIES: dict[Fulfilment, Callable[[Procedure], Awaitable[None]]] = {
    Fulfilment.ERASE: erase,
    Fulfilment.COLLECT: collect,
    Fulfilment.DISCLOSE: disclose,
    Fulfilment.CORRECT: correct,
    Fulfilment.CHOOSE: choose,
    Fulfilment.DEACTIVATE: deactivate,
    Fulfilment.TREAT_AS_OPT_OUT: treat_as_opt_out,
}


def gives_pieces(state: RequestState) -> bool:
    """Tell whether specific pieces may be given: asked for, and the tier met (VER-06)."""
    return state.request_type is not RequestType.KNOW_CATEGORIES and not state.downgraded


async def _until_done(
    request: Procedure, kind: Fulfilment, step: str, act: Callable[[], Awaitable[None]]
) -> None:
    await request.attempt(step, act, unless=lambda: next_fulfilment(request.state) is not kind)
