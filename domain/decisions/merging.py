"""Closing a request that repeats an earlier one: staff name the two, the rules judge (REQ-17).

Naming is refused at once where this request alone shows that it cannot be. The rest is judged when
the other request was read, and the request goes on by itself where the two are not one.
"""

from collections.abc import Iterator
from datetime import date, datetime

from pydantic import Field

from domain import events as e
from domain import messages
from domain.decisions.guarded import guarded
from domain.decisions.preconditions import must_be_undecided, must_be_unsuspected
from domain.duplicates import OpenRequest, mergers
from domain.ids import is_request_id
from domain.paths import Proof, path_of
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import Decision, Requester

MARK_DUPLICATE = "mark_duplicate"

_ALONE = "Decide this one by itself."


class Named(e.Fact):
    """The request that staff named, beside the one at hand; nothing of it is personal."""

    request: OpenRequest | None = None
    """``None``: there is none of that number. Its person is that of the one at hand, or unknown."""
    requester: Requester = Requester.CONSUMER
    decision: Decision | None = None
    stopped: bool = False
    received_on: date | None = None
    answer_by: date | None = None
    same_person: bool = Field(default=False, description="The same rows of the records.")
    same_wish: bool = Field(default=False, description="The same values, period and place.")


def _must_be_mergeable(state: RequestState, *_: object) -> None:
    must_be_undecided(state)
    must_be_unsuspected(state)
    if state.named_duplicate is not None:
        raise Refused(
            f"It is being compared with {state.named_duplicate.lead} just now. Wait a moment."
        )
    if path_of(state.request_type).proof is not Proof.IDENTITY:
        raise Refused(f"A request of this kind is carried out without proof of identity. {_ALONE}")
    if state.verified is None:
        raise Refused(
            "The identity is not verified yet, and an unverified request is merged with none. "
            "Wait for the proof, or ask for it with ask_consumer."
        )
    if state.waits_for_reports:
        waits = ", ".join(state.waits_for)
        raise Refused(
            f"This deletion waits until the report of {waits} was fetched, and the other does "
            f"not. {_ALONE}"
        )


@guarded(_must_be_mergeable)
def mark_duplicate(
    state: RequestState, message: messages.MarkDuplicate, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Name the earlier request that this one repeats; the two are compared next (REQ-17)."""
    if not is_request_id(message.duplicate_of):
        raise Refused(
            "That is no request's number. Copy it from the list of requests; "
            "it looks like PR-4106-105S."
        )
    if message.duplicate_of == state.request_id:
        raise Refused("That is this request's own number. Name the earlier one that it repeats.")
    return (e.DuplicateNamed(actor=message.actor, lead=message.duplicate_of),)


def judge(state: RequestState, named: Named) -> tuple[e.Event, ...]:
    """Close the request as a duplicate, or say in a sentence why it goes on by itself (REQ-17)."""
    claim = state.named_duplicate
    assert claim is not None, "staff named a request"
    fault = next(_of_both(state, claim.lead, named), None)
    if fault is not None:
        refused = e.ActionRefused(action=MARK_DUPLICATE, refusal=fault)
        return (e.DuplicateDismissed(lead=claim.lead), refused)
    assert named.received_on is not None
    assert named.answer_by is not None
    merged = e.RequestMerged(
        actor=claim.actor,
        lead=claim.lead,
        lead_received_on=named.received_on,
        answer_by=named.answer_by,
    )
    return (merged,)


def _of_both(state: RequestState, lead: str, named: Named) -> Iterator[str]:
    """Yield what keeps the two from being one, what staff can mend first."""
    if state.decision is not None or state.verified is None:
        yield "This request changed meanwhile. Look at it again."
    if named.request is None:
        yield "There is no request of that number. Look it up in the list of requests."
        return
    yield from _of_the_other(lead, named, named.request)
    if named.request.request_type is not state.request_type or not named.same_wish:
        yield f"{lead} asks for something else, so its answer would not answer this. {_ALONE}"
    if named.requester is not state.requester:
        yield f"{lead} was not filed by the same kind of requester, who may take it back. {_ALONE}"
    if not _leads(state, named.request):
        yield f"{lead} came in later than this request. Send mark_duplicate there, naming this one."
    if _is_later(named.answer_by, state.respond_by):
        yield (
            f"{lead} is due on {named.answer_by}, later than this request ({state.respond_by}). "
            f"{_ALONE}"
        )


def _of_the_other(lead: str, named: Named, request: OpenRequest) -> Iterator[str]:
    if named.decision is Decision.DUPLICATE:
        yield f"{lead} was itself merged with an earlier request. Name that one."
    if request.answered or named.decision not in (None, Decision.GRANT):
        yield f"{lead} is decided or answered already, so no answer of it is to come. {_ALONE}"
    if not named.same_person:
        yield (
            f"{lead} is not verified, or is another person's by the records. Merge only what is "
            "verified for one person; until then each goes on by itself."
        )
    if named.stopped:
        yield f"{lead} is flagged as fraud, frozen, or under a legal hold. {_ALONE}"


def _leads(state: RequestState, other: OpenRequest) -> bool:
    assert state.received_at is not None
    this = OpenRequest(
        request_id=state.request_id,
        request_type=state.request_type,
        received_at=state.received_at,
        person=other.person,
    )
    return any(merger.leads == other for merger in mergers((this, other)))


def _is_later(lead_due: date | None, due: date | None) -> bool:
    return lead_due is None or due is None or lead_due > due
