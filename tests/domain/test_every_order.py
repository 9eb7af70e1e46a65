"""A model check: every order of what people and clocks can do keeps the promises."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from domain import actions, deadlines
from domain import events as e
from domain.days import deadline_instant
from domain.decisions import fulfilment, identity, inbox, outcome, receipt
from domain.letterbook import Letter
from domain.paths import Fulfilment, path_of
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState, next_fulfilment
from domain.vocabulary import (
    NoticeKind,
    PointOfIdentity,
    Requester,
    RequestType,
)
from tests.happenings import REQUEST, happened, received

RECEIVED = datetime(2026, 11, 23, 18, tzinfo=UTC)
POINTS = (
    PointOfIdentity.PHONE,
    PointOfIdentity.POSTAL_ADDRESS,
    PointOfIdentity.CUSTOMER_NUMBER,
)
ASKED = (
    (RequestType.DELETE, Requester.CONSUMER, 6),
    (RequestType.DELETE, Requester.AGENT_SIGNED, 6),
    (RequestType.KNOW_SPECIFIC, Requester.CONSUMER, 6),
    (RequestType.CORRECT, Requester.CONSUMER, 6),
    (RequestType.OPT_OUT_SALE_SHARING, Requester.CONSUMER, 7),
    (RequestType.MINOR_PURGE, Requester.REPORTER, 6),
    (RequestType.MINOR_PURGE, Requester.COMPANY, 6),
)
"""Kinds of requests, who asks, and how many steps deep every order is walked."""


class World(NamedTuple):
    """A request and the time; ``past`` are the types of what happened, for the promises."""

    state: RequestState
    now: datetime
    past: tuple[str, ...]

    def after(self, *events: e.Event, now: datetime | None = None) -> "World":
        """Return the world after events."""
        state, at = self.state, now or self.now
        state = happened(at, state, *events)
        return World(state, at, (*self.past, *(event.type for event in events)))


def _opened(policy: Policy, kind: RequestType, requester: Requester) -> World:
    fields = ("phone",) if kind is RequestType.CORRECT else ()
    asked = {"requester": requester, "points_offered": POINTS, "fields": fields}
    first = received(policy, RECEIVED, kind, **asked)
    world = World(RequestState(request_id=REQUEST), RECEIVED, ()).after(first)
    return world.after(*receipt.confirm_receipt(world.state, policy, RECEIVED))


def _moves(world: World, policy: Policy) -> Iterator[World]:
    yield from _time_passes(world, policy)
    yield from _mail_moves(world, policy)
    yield from _consumer_acts(world, policy)
    yield from _engine_acts(world, policy)
    yield from _staff_act(world, policy)


def _time_passes(world: World, policy: Policy) -> Iterator[World]:
    due = deadlines.next_due(world.state, policy)
    if due is not None:
        now = max(due.at, world.now)
        yield world.after(*due.fire(world.state, policy, now), now=now)


def _mail_moves(world: World, policy: Policy) -> Iterator[World]:
    waiting = world.state.waiting_letters
    if waiting:
        yield _all_letters_out(world)
        refused = outcome.letter_refused(world.state, policy, waiting[0], "550", world.now)
        yield world.after(*refused)


def _all_letters_out(world: World) -> World:
    for letter in world.state.waiting_letters:
        world = world.after(*outcome.letter_sent(world.state, letter, world.now))
    return world


def _consumer_acts(world: World, policy: Policy) -> Iterator[World]:
    for kind in (inbox.ADDRESS_CONFIRMED, inbox.DISOWNED, inbox.WITHDRAWN):
        row = len(world.state.inbox_seen) + 1
        yield world.after(
            *inbox.receive(world.state, policy, world.now, row=row, kind=kind, facts={})
        )


def _engine_acts(world: World, policy: Policy) -> Iterator[World]:
    state, now = world.state, world.now
    if state.assessment_is_due:
        for points, ambiguous in ((3, False), (1, False), (3, True)):
            assessed = identity.assess(
                state,
                policy,
                now,
                points_counted=points,
                mismatches=0,
                ambiguous=ambiguous,
                address_on_file=True,
                evidence=state.evidence_received,
            )
            yield world.after(*assessed)
    if state.awaits_decision:
        yield from _prepared(world)
    kind = next_fulfilment(state)
    if kind is not None:
        yield world.after(*_DONE[kind](world, policy))
    elif state.decision is not None and not state.answered and state.outcome_letter is None:
        yield from _answered(world, policy)


def _prepared(world: World) -> Iterator[World]:
    if world.state.by_rule:
        yield world.after(*fulfilment.by_rule(world.state))
    elif world.state.holdings is None:
        yield world.after(e.HoldingsSurveyed(rows={"shop.orders": 2}, retained=()))


def _answered(world: World, policy: Policy) -> Iterator[World]:
    if outcome.is_answered_by_letter(world.state):
        yield world.after(*outcome.answer(world.state, policy, world.now))


def _staff_act(world: World, policy: Policy) -> Iterator[World]:
    for name, fields in _STAFF:
        message = {"decided_by": "s.lee", **fields}
        try:
            events = actions.decide(name, [message], world.state, policy, world.now)
        except Refused:
            continue
        yield world.after(*events)


_STAFF: tuple[tuple[str, dict[str, object]], ...] = (
    ("approve", {}),
    ("deny", {"reason": "conflict_with_law"}),
    ("extend_deadline", {"reason": "complex_systems"}),
    ("accept_authority", {"form": "signed_permission"}),
    ("establish_age", {"method": "parent_called"}),
    ("withdraw", {}),
    ("retry_step", {}),
)

_DONE: dict[Fulfilment, Callable[[World, Policy], tuple[e.Event, ...]]] = {
    Fulfilment.ERASE: lambda world, policy: (
        e.ErasurePlanned(plan_hash="0", rows={"shop.orders": 2}, retained=()),
        e.DataErased(planned={"shop.orders": 2}, absent={"shop.orders": 2}, retained=()),
    ),
    Fulfilment.TREAT_AS_OPT_OUT: lambda world, policy: (fulfilment.opted_out(policy, world.now),),
    Fulfilment.CHOOSE: lambda world, policy: (
        fulfilment.choice_applied(world.state, policy, world.now),
    ),
    Fulfilment.CORRECT: lambda world, policy: (e.DataCorrected(fields=("phone",)),),
    Fulfilment.DEACTIVATE: lambda world, policy: (e.AccountDeactivated(rows={"shop.orders": 2}),),
    Fulfilment.COLLECT: lambda world, policy: (
        e.ProvidersDirected(
            providers={},
            wait_until=fulfilment.wait_for_providers(world.state, policy, world.now),
        ),
    ),
    Fulfilment.DISCLOSE: lambda world, policy: (
        e.ReportCompiled(
            specific_pieces=not world.state.downgraded,
            content_hash="0",
            period_from=RECEIVED.date(),
            period_to=RECEIVED.date(),
            report={},
            rows={"shop.orders": 2},
        ),
        e.ReportReleased(actor=e.Actor(id="s.lee")),
    ),
}


def _key(world: World) -> tuple[object, ...]:
    """What of a world can make a difference; its letters' numbers and its past's order cannot."""
    state = world.state
    letters = sorted(f"{each.notice}:{each.status}" for each in state.letters.values())
    kept = state.model_dump(
        exclude={"n", "at", "letters", "inbox_seen", "outcome_letter", "extension", "last_refusal"}
    )
    extension = state.extension.status if state.extension else None
    return (repr(kept), tuple(letters), extension, world.now, frozenset(world.past))


def _check(world: World, policy: Policy) -> None:
    """Hold a world against what must always hold."""
    state, past = world.state, world.past
    path = path_of(state.request_type)
    for done in ("DataErased", "ReportCompiled", "DataCorrected"):
        if done in past and not (done == "ReportCompiled" and state.downgraded):
            assert past.index("RequestApproved") < past.index(done)
    if "RequestApproved" in past and path.proof != "nothing":
        assert past.index("IdentityVerified") < past.index("RequestApproved")
    if "RequestApproved" in past and state.request_type is RequestType.MINOR_PURGE:
        assert past.index("AgeEstablished") < past.index("RequestApproved")
    if "RequestApproved" in past and state.needs_authority:
        assert past.index("AuthorityAccepted") < past.index("RequestApproved")
    if state.requester is Requester.REPORTER:
        assert {letter.notice for letter in _to_requester(state)} <= _TOLD_TO_REPORTERS
    assert past.count("ExtensionApproved") <= 1
    assert past.count("RequestAnswered") <= 1
    _check_extension(state, policy)
    _check_silence(world, policy)


_TOLD_TO_REPORTERS = {NoticeKind.ACKNOWLEDGEMENT, NoticeKind.LATE_ANSWER}
"""Neither says whether the person exists (MIN-06)."""


def _to_requester(state: RequestState) -> Iterator[Letter]:
    return (letter for letter in state.letters.values() if letter.audience == "consumer")


def _check_extension(state: RequestState, policy: Policy) -> None:
    extension = state.extension
    if extension is None or extension.status != "effective":
        return
    letter = state.letters[extension.letter]
    assert letter.accepted_at is not None
    assert letter.accepted_at <= extension.notice_deadline
    assert (extension.new_due - RECEIVED.date()).days <= 90


def _check_silence(world: World, policy: Policy) -> None:
    """No due date lies behind a request without an answer, a breach on record, or a duty left."""
    state = world.state
    assert state.respond_by is not None
    passed = world.now > deadline_instant(state.respond_by, policy) + timedelta(minutes=30)
    undecided = state.decision is None and not state.disowned
    owed = (outcome.is_answered_by_letter(state) or undecided) and not state.answered
    if passed and owed:
        due = deadlines.next_due(state, policy)
        assert state.respond_by in state.breached or (due is not None and due.at <= world.now)


@pytest.mark.parametrize(("kind", "requester", "depth"), ASKED)
def test_every_order_of_acts_and_clocks_keeps_the_promises(
    kind: RequestType, requester: Requester, depth: int, policy: Policy
) -> None:
    """No order of acts erases, discloses or approves too early, extends twice, or falls silent."""
    frontier = [_opened(policy, kind, requester)]
    seen = {_key(frontier[0])}
    for _ in range(depth):
        following = []
        for world in frontier:
            for moved in _moves(world, policy):
                _check(moved, policy)
                if moved.state.n > world.state.n and _key(moved) not in seen:
                    seen.add(_key(moved))
                    following.append(moved)
        frontier = following
    assert len(seen) > depth
