"""A direction about nobody, for rehearsals with an integrator."""

from datetime import datetime, timedelta

from domain.ids import RANDOM_BYTES, direction_stream, request_id
from domain.vocabulary import NoticeKind, PointOfIdentity
from providers.protocol import DirectedAction, Direction, callback_url
from providers.registry import Provider, directive_for, minimal_locators

NOBODY = {
    PointOfIdentity.EMAIL: "nobody@example.com",
    PointOfIdentity.FULL_NAME: "Test Nobody",
    PointOfIdentity.PHONE: "+14155550100",
    PointOfIdentity.POSTAL_ADDRESS: "1 Nowhere Street, Testville CA 90000",
    PointOfIdentity.BIRTH_DATE: "1900-01-01",
    PointOfIdentity.CUSTOMER_NUMBER: "TEST-0000",
    PointOfIdentity.ORDER_NUMBER: "TEST-0001",
    PointOfIdentity.EMPLOYER: "Nobody Inc",
    PointOfIdentity.JOB_TITLE: "Test person",
    PointOfIdentity.BUSINESS_EMAIL: "nobody@business.example",
    PointOfIdentity.BUSINESS_PHONE: "+14155550101",
}
"""Identifiers that belong to no person: reserved domains, fictitious numbers."""


def synthetic_direction(
    provider: Provider, entropy: bytes, public_url: str, contact: str, now: datetime
) -> Direction:
    """Return a synthetic direction to delete, of a request that does not exist.

    ``entropy`` are ``domain.ids.RANDOM_BYTES`` random bytes: each rehearsal is another request.
    """
    request = request_id(entropy[:RANDOM_BYTES])
    return Direction(
        direction_id=direction_stream(request, provider.id),
        request_id=request,
        action=DirectedAction.DELETE,
        notice=directive_for(provider, sold_or_shared=True) or NoticeKind.PROVIDER_DIRECTION,
        locators=minimal_locators(provider, NOBODY),
        scope=provider.holds,
        confirm_by=(now + timedelta(days=14)).date(),
        contact=contact,
        callback_url=callback_url(public_url, provider.id),
        submitted_at=now,
        test=True,
    )
