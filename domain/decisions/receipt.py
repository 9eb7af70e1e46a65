"""Opening a request: its promises, and the letter that confirms receipt."""

from datetime import datetime

from domain import clocks
from domain import events as e
from domain.decisions import letters
from domain.links import LinkPurpose
from domain.policy import Policy, PolicyPin
from domain.state import RequestState
from domain.vocabulary import (
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
        dates=e.PromisedDates(
            receipt_date=dates.receipt_date,
            confirm_by=dates.ack_due,
            respond_by=dates.response_due,
            latest_respond_by=dates.max_extended_due,
            window_closes_at=dates.window_closes_at,
        ),
    )


def confirm_receipt(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """Ask for the acknowledgement, with the link that proves the address (CLK-01)."""
    assert state.dates is not None
    letter = e.NoticeRequested(
        notice=NoticeKind.ACKNOWLEDGEMENT,
        facts=letters.acknowledgement(state, policy, now),
        links=_links(state, policy),
        links_expire_at=state.dates.window_closes_at,
    )
    return (letter,)


def _links(state: RequestState, policy: Policy) -> tuple[LinkPurpose, ...]:
    """A page for more points is offered where fewer were offered than the tier needs (NOT-03)."""
    enough = letters.offers_enough(state, policy)
    return (
        (LinkPurpose.CONFIRM, LinkPurpose.DISOWN)
        if enough
        else (LinkPurpose.CONFIRM, LinkPurpose.RESPOND, LinkPurpose.DISOWN)
    )
