"""Opening a request: its promises, and the letter that confirms receipt."""

from datetime import datetime

from domain import clocks, minors
from domain import events as e
from domain.agents import OPEN_TO_ANYBODY
from domain.decisions import letters
from domain.links import LinkPurpose
from domain.notice_words import Situation
from domain.paths import Proof, path_of
from domain.policy import Policy, PolicyPin
from domain.state import RequestState, fold
from domain.vocabulary import (
    FOR_ANOTHER,
    Channel,
    Language,
    NoticeKind,
    PointOfIdentity,
    Requester,
    RequestType,
    Residency,
)


def receive(
    *,
    request_type: RequestType,
    requester: Requester,
    residency: Residency,
    channel: Channel,
    language: Language,
    received_at: datetime,
    points_offered: tuple[PointOfIdentity, ...],
    pin: PolicyPin,
    policy: Policy,
    linked: tuple[str, ...] = (),
    waits_for: tuple[str, ...] = (),
    age_band: str = "",
    fields: tuple[str, ...] = (),
    agent_entity: bool = False,
    synthetic: bool = False,
) -> e.RequestReceived:
    """Return the first event, with every date that is promised (CLK-01, CLK-02)."""
    dates = clocks.request_dates(policy, request_type, residency, received_at)
    return e.RequestReceived(
        request_type=request_type,
        requester=requester,
        residency=residency,
        channel=channel,
        language=language,
        received_at=received_at,
        points_offered=points_offered,
        policy=pin,
        dates=promised(dates),
        must_prove=must_prove(request_type),
        needs_authority=must_show_authority(policy, request_type, requester, age_band),
        linked=linked,
        waits_for=waits_for,
        age_band=age_band,
        fields=fields,
        agent_entity=agent_entity,
        synthetic=synthetic,
    )


def opening(
    request_id: str, received: e.RequestReceived, policy: Policy, now: datetime
) -> tuple[e.Recorded, ...]:
    """Return what a request's stream begins with: its receipt, and the letter about it (CLK-01)."""
    first = e.Recorded(n=1, at=now, event=received)
    confirming = confirm_receipt(fold(request_id, (first,)), policy, now)
    next_ones = (e.Recorded(n=n, at=now, event=event) for n, event in enumerate(confirming, 2))
    return (first, *next_ones)


def promised(dates: clocks.RequestDates) -> e.PromisedDates:
    """Return the dates that a request is held to."""
    return e.PromisedDates(
        receipt_date=dates.receipt_date,
        confirm_by=dates.ack_due,
        respond_by=dates.response_due,
        latest_respond_by=dates.max_extended_due,
        window_closes_at=dates.window_closes_at,
    )


def must_prove(request_type: RequestType) -> bool:
    """Tell whether anything is asked of the requester before anything is done."""
    return path_of(request_type).proof is not Proof.NOTHING


def must_show_authority(
    policy: Policy, request_type: RequestType, requester: Requester, age_band: str
) -> bool:
    """Tell whether the request waits for proof that the requester may ask, or for the parent."""
    by_requester = needs_authority(request_type, requester)
    return by_requester or needs_parent(policy, request_type, requester, age_band)


def needs_authority(request_type: RequestType, requester: Requester) -> bool:
    """Tell whether somebody who asks for another must show that they may (AGT-01, AGT-05).

    A browser's signal needs none, nor does the end of marketing, and nobody needs a parent to opt
    out (MIN-07).
    """
    if request_type in OPEN_TO_ANYBODY or requester not in FOR_ANOTHER:
        return False
    opts_out = path_of(request_type).choice is not None and not path_of(request_type).opts_in
    return not (opts_out and requester is Requester.PARENT)


def needs_parent(
    policy: Policy, request_type: RequestType, requester: Requester, age_band: str
) -> bool:
    """Tell whether a child's own request waits for the parent (REQ-05)."""
    if not age_band:
        return False
    band = minors.Band(age_band)
    return minors.still_needed(policy, band, requester, request_type) is minors.Needed.PARENT


def confirm_receipt(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """Ask for the acknowledgement, with the link that proves the address (CLK-01).

    What is carried out at once, and owes no acknowledgement, is confirmed by its outcome letter.
    An agent gets a letter of their own, and is asked for proof (AGT-01). Who reports a young person
    hears that the report came in, and of no outcome (MIN-06).
    """
    assert state.dates is not None
    reported = state.requester is Requester.REPORTER
    if not (reported or state.must_prove or state.needs_authority or state.dates.confirm_by):
        return ()
    return (acknowledgement(state, policy, now), *_ask_for_authority(state, policy, now))


def acknowledgement(state: RequestState, policy: Policy, now: datetime) -> e.NoticeRequested:
    """Return the letter that confirms receipt, with the links that prove the address."""
    assert state.dates is not None
    return e.NoticeRequested(
        notice=NoticeKind.ACKNOWLEDGEMENT,
        facts=letters.acknowledgement(state, policy, now),
        links=_links(state, policy) if state.proves_address else (),
        links_expire_at=state.dates.window_closes_at,
    )


def _ask_for_authority(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    if not state.needs_authority:
        return ()
    assert state.dates is not None
    proof = e.NoticeRequested(
        notice=NoticeKind.AGENT_PROOF,
        facts=letters.agent_proof(state, policy, now),
        links=(LinkPurpose.STATUS,),
        links_expire_at=state.dates.window_closes_at,
    )
    alert = letters.staff_alert(state, policy, Situation.AUTHORITY_TO_CHECK, now)
    return (proof, alert)


def _links(state: RequestState, policy: Policy) -> tuple[LinkPurpose, ...]:
    """A page for more points is offered where fewer were offered than the tier needs (NOT-03)."""
    more = () if letters.offers_enough(state, policy) else (LinkPurpose.RESPOND,)
    return (LinkPurpose.CONFIRM, *more, LinkPurpose.STATUS, LinkPurpose.DISOWN)
