"""Comparing a request with the earlier one that it is said to repeat (REQ-17)."""

from typing import Protocol

from temporalio import workflow

from domain.decisions.merging import MARK_DUPLICATE, judge
from domain.state import RequestState
from domain.vocabulary import Decision
from workflows import exchange as x
from workflows import steps
from workflows.journal import Journal
from workflows.staff_desk import staff_input


class Mergeable(Protocol):
    """What this needs of the request's workflow."""

    journal: Journal[RequestState]

    @property
    def state(self) -> RequestState:
        """Where the request stands."""
        ...

    def of_request(self) -> x.OfRequest:
        """Return the input of a step that needs only the request."""
        ...


async def compare_duplicates(request: Mergeable) -> None:
    """Read whichever request staff name, and judge, for as long as the workflow lives."""
    while True:
        await workflow.wait_condition(lambda: request.state.named_duplicate is not None)
        claim = request.state.named_duplicate
        if claim is not None:
            asked = x.ReadNamed(**request.of_request().model_dump(), named=claim.lead)
            named = await steps.READ_NAMED(asked, f"compare with {claim.lead}")
            request.journal.note(*judge(request.state, named))


async def until_judged(request: Mergeable, action: str) -> None:
    """Let whoever marked a duplicate hear what came of it.

    Raises:
        ApplicationError: the two are not one; its sentence says what to do.
    """
    if action != MARK_DUPLICATE or request.state.named_duplicate is None:
        return
    await workflow.wait_condition(lambda: request.state.named_duplicate is None)
    refused = request.state.last_refusal
    if request.state.decision is not Decision.DUPLICATE and refused is not None:
        raise staff_input(refused.refusal)
