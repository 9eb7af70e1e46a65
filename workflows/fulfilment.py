"""Fulfilment strategies: what is done for a decision, step by step, each parked when it fails."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from temporalio import workflow

from domain import events as e
from domain.decisions import fulfilment
from domain.decisions.fulfilment import Strategy
from domain.policy import Policy
from domain.state import RequestState
from workflows import exchange as x
from workflows import steps
from workflows.journal import Journal


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

    async def attempt(
        self, step: str, act: Callable[[], Awaitable[None]], unless: Callable[[], bool]
    ) -> None:
        """Carry a step out, parking what fails for good."""
        ...


async def erase(request: Procedure) -> None:
    """Plan, erase, and believe only a fresh connection (DEL-01, DEL-04, DEL-05)."""

    def over() -> bool:
        return fulfilment.strategy(request.state) is not Strategy.ERASE

    async def plan() -> None:
        planned = await steps.PLAN_ERASURE(request.of_request(), "plan the erasure")
        request.journal.note(e.ErasurePlanned(**planned.model_dump()))
        await request.journal.until_settled()

    async def carry_out() -> None:
        await steps.ERASE(request.of_request(), "erase what is planned")
        proof = await steps.PROVE_ABSENCE(request.of_request(), "prove that it is gone")
        if proof.still_found:
            request.park("prove_absence", "still_found_in_" + "_".join(proof.still_found))
            return
        request.journal.note(e.DataErased(**proof.model_dump(exclude={"still_found"})))

    if request.state.plan is None:
        await request.attempt("plan_erasure", plan, unless=over)
    while not over():
        await workflow.wait_condition(lambda: request.state.parked is None or over())
        await request.attempt("erase", carry_out, unless=over)


async def opt_out(request: Procedure) -> None:
    """Treat a deletion that nobody could verify as an opt-out (VER-08, DEL-10)."""

    def over() -> bool:
        return fulfilment.strategy(request.state) is not Strategy.OPT_OUT

    async def apply() -> None:
        await steps.APPLY_OPT_OUT(request.of_request(), "apply the opt-out of sale and sharing")
        request.journal.note(fulfilment.opted_out(request.policy, workflow.now()))

    await request.attempt("apply_opt_out", apply, unless=over)


STRATEGIES: dict[Strategy, Callable[[Procedure], Awaitable[None]]] = {
    Strategy.ERASE: erase,
    Strategy.OPT_OUT: opt_out,
}
