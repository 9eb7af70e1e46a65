"""What staff are offered is exactly what a decision would take: in every state that walks reach."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import actions
from domain import events as e
from domain.days import local_date
from domain.decisions.staff import authority_forms, fallen_grounds, kept_grounds
from domain.entitlement import Sender
from domain.links import LinkPurpose
from domain.offers import offers
from domain.package import ReviewDecision
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import (
    Decision,
    NoticeKind,
    Requester,
    RequestType,
    Residency,
    VerificationOutcome,
)
from tests.happenings import happened, stand

RECEIVED = datetime(2026, 11, 22, 18, tzinfo=UTC)
KIM = e.Actor(id="s.kim")
BY_PAGE = Sender(row=7)
EARLIER = "PR-4106-1062"

CONFIRMED = e.AddressConfirmed(inbox=1)
HELD = e.HoldingsSurveyed(
    rows={"shop.orders": 2},
    retained=(e.Retention(collection="shop.invoices", ground="EX8", rows=1, reviewer="counsel"),),
    fallen=(e.Retention(collection="shop.notes", ground="EX1", rows=1, reviewer="counsel"),),
)
PROVED = (CONFIRMED, e.IdentityVerified(points_counted=4, points_required=3, evidence=1), HELD)
FITS = e.IdentityAssessed(
    outcome=VerificationOutcome.NEED_MORE_INFO,
    points_counted=2,
    mismatches=0,
    ambiguous=False,
    address_on_file=True,
    evidence=1,
)
GRANTED = e.RequestApproved(actor=KIM, reason="verified", confirmed_grounds=())
TAKEN_OUT = e.RowsTakenOut(planned={"shop.orders": 2}, until=RECEIVED + timedelta(days=20))
LONGER = RECEIVED + timedelta(days=60)
EXTENDED = (
    e.ExtensionApproved(
        actor=KIM,
        reason="complexity",
        extra_days=20,
        new_due=LONGER.date(),
        notice_deadline=LONGER,
        letter=2,
    ),
    e.DeadlineExtended(new_due=LONGER.date()),
)


def compiled(*needs_review: str) -> e.ReportCompiled:
    """Say that a package was built."""
    return e.ReportCompiled(
        specific_pieces=True,
        content_hash="1" * 64,
        period_from=date(2022, 1, 1),
        period_to=date(2026, 11, 22),
        report={},
        needs_review=needs_review,
    )


REVIEWED = e.ItemsReviewed(
    actor=KIM, decisions=(ReviewDecision(item="shop.orders/3", action="release"),)
)
PACKAGE_SENT = (
    compiled(),
    e.ReportReleased(actor=KIM),
    e.NoticeRequested(
        notice=NoticeKind.ACCESS_REPORT,
        facts={},
        links=(LinkPurpose.PACKAGE,),
        links_expire_at=LONGER,
    ),
    e.RequestAnswered(outcome=Decision.GRANT, letter=2, accepted_at=RECEIVED),
)
KNOW, DELETE = RequestType.KNOW_SPECIFIC, RequestType.DELETE
STAGES: dict[str, tuple[RequestType, tuple[e.Event, ...]]] = {
    "a new deletion": (DELETE, ()),
    "one of a young person": (RequestType.MINOR_PURGE, ()),
    "a person fits": (DELETE, (CONFIRMED, FITS)),
    "proved": (DELETE, PROVED),
    "suspected": (DELETE, (*PROVED, e.FraudFlagged(actor=KIM, reason="pattern"))),
    "held": (DELETE, (*PROVED, e.HoldPlaced(actor=KIM, hold="LH-1", matter="CV-1"))),
    "extended": (DELETE, (CONFIRMED, *EXTENDED)),
    "one too many": (KNOW, (*PROVED, e.EarlierRequestsCounted(counted=3, excess=True))),
    "rows taken out": (DELETE, (*PROVED, GRANTED, TAKEN_OUT)),
    "in review": (KNOW, (*PROVED, GRANTED, compiled("OTHER_PERSON"))),
    "in review by counsel": (KNOW, (*PROVED, GRANTED, compiled("POLICY_HEALTH"))),
    "reviewed": (KNOW, (*PROVED, GRANTED, compiled("OTHER_PERSON"), REVIEWED)),
    "package sent": (KNOW, (*PROVED, GRANTED, *PACKAGE_SENT)),
}
"""Where walks begin: what follows from each is reached in a few steps."""

OUTSIDE: tuple[e.Event, ...] = (
    *PROVED,
    FITS,
    e.DocumentReceived(inbox=4, purpose="permission"),
    e.StepParked(step="erase", reason="unreachable"),
    e.MessageReceived(inbox=5, reading="unclear"),
    e.RequestFrozen(actor=KIM),
)
"""What happens to a request by others than staff."""


def mailed(state: RequestState, now: datetime) -> tuple[e.Event, ...]:
    """Send every letter that waits."""
    return tuple(e.NoticeSent(letter=n, accepted_at=now) for n in state.waiting_letters)


def printed(state: RequestState, now: datetime) -> tuple[e.Event, ...]:
    """Put every letter that waits on paper."""
    return tuple(e.LetterQueued(letter=n) for n in state.waiting_letters)


def answered(state: RequestState, now: datetime) -> tuple[e.Event, ...]:
    """Have the answer accepted, whatever it is."""
    outcome = state.decision or Decision.GRANT
    return (e.RequestAnswered(outcome=outcome, letter=1, accepted_at=now),)


def closed(state: RequestState, now: datetime) -> tuple[e.Event, ...]:
    """Leave nothing to do."""
    outcome = state.decision or Decision.GRANT
    return (e.RequestClosed(outcome=outcome, retain_until=now.date()),)


def tries(
    name: str, state: RequestState, policy: Policy, now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield inputs of which one is lawful, where the state allows the action at all."""
    codes = [reason.code for reason in policy.reasons_for(name, state.request_type)]
    reasons = [{"reason": code} for code in codes] or [{}]
    yield from (
        actions.ACTIONS[name].example | reason | _named(name, state, policy, now) | sender
        for reason in reasons
        for sender in ({"decided_by": "s.lee"}, {"decided_by": "s.kim"})
    )


def _named(name: str, state: RequestState, policy: Policy, now: datetime) -> dict[str, Any]:
    """Return what an input names of the request itself; the example names another's."""
    confirmed = {
        "confirm_grounds": sorted(kept_grounds(state)),
        "confirm_fallen": sorted(fallen_grounds(state)),
    }
    collection = next(iter(state.holdings.rows if state.holdings else ()), "none")
    elsewhere = Residency.OTHER if state.residency is Residency.EEA else Residency.EEA
    named: dict[str, dict[str, Any]] = {
        "approve": confirmed,
        "approve_in_part": {**confirmed, "keep": [{"collection": collection, "ground": "EX1"}]},
        "accept_authority": {
            "form": next(iter(authority_forms(state, policy)), "none"),
            "seen": ["date", "signature", "notary", "registration"],
        },
        "reject_document": {"document": next(iter(state.documents), "permission")},
        "release_hold": {"hold": next(iter(state.holds), "LH-1")},
        "place_hold": {"hold": f"LH-{state.n}"},
        "reassign": {"to": f"m.{state.n}"},
        "letter_posted": {
            "letter": next(iter(state.letters_to_post), 1),
            "posted_on": local_date(now, policy).isoformat(),
        },
        "mark_duplicate": {"duplicate_of": EARLIER},
        "reclassify": {"request_type": None, "residency": elsewhere},
        "ask_consumer": {"need": "clarification"},
    }
    return named.get(name, {})


def taken(
    name: str, state: RequestState, policy: Policy, now: datetime
) -> tuple[e.Event, ...] | Refused:
    """Return what an action causes by the first input that is lawful, or the last refusal."""
    refusal = Refused("nothing was tried")
    for sent in tries(name, state, policy, now):
        try:
            return actions.decide(name, [sent], state, policy, now, BY_PAGE)
        except Refused as refused:
            refusal = refused
    return refusal


def would_be_taken(
    state: RequestState, policy: Policy, now: datetime
) -> dict[str, tuple[e.Event, ...]]:
    """Return what each action would cause that is not refused."""
    tried = {name: taken(name, state, policy, now) for name in actions.ACTIONS}
    return {name: done for name, done in tried.items() if not isinstance(done, Refused)}


@settings(max_examples=150, deadline=None)
@given(
    stage=st.sampled_from(sorted(STAGES)),
    requester=st.sampled_from(Requester),
    steps=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=6),
)
def test_what_is_offered_is_exactly_what_would_be_taken(
    policy: Policy, stage: str, requester: Requester, steps: list[tuple[int, int]]
) -> None:
    """Wherever a request gets, each offer can be carried out and all the rest is refused."""
    now = RECEIVED
    kind, before = STAGES[stage]
    state = stand(policy, now, *before, kind=kind, requester=requester)
    for which, days in [*steps, (0, 0)]:
        now += timedelta(days=days)
        doable = would_be_taken(state, policy, now)
        likely, seldom = offers(state, policy, now)
        assert sorted((*likely, *seldom)) == sorted(doable)
        others = [happen(state, now) for happen in (mailed, printed, answered, closed)]
        ways = [*((event,) for event in OUTSIDE), *others, *doable.values()]
        state = happened(now, state, *ways[which % len(ways)])


def test_every_action_is_offered_somewhere(policy: Policy) -> None:
    """No action stands behind conditions that nothing fulfils."""
    offered: set[str] = set()
    for kind, before in STAGES.values():
        for requester in (Requester.CONSUMER, Requester.AGENT_SIGNED):
            state = stand(policy, RECEIVED, *before, kind=kind, requester=requester)
            next_steps = (*((event,) for event in OUTSIDE), mailed(state, RECEIVED))
            for events in (*next_steps, printed(state, RECEIVED)):
                offer = offers(happened(RECEIVED, state, *events), policy, RECEIVED)
                offered.update(offer.likely, offer.seldom)
    assert offered == set(actions.ACTIONS)
