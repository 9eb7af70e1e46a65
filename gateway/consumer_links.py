"""Judging a consumer's link: may it still be pressed, and what does its page ask for?"""

from enum import StrEnum

from domain import policies
from domain.decisions.inbox import ADDRESS_CONFIRMED, DISOWNED, POINTS_ADDED
from domain.links import LinkPurpose
from domain.vocabulary import PointOfIdentity
from gateway.links import Link
from gateway.points import INPUTS


class Standing(StrEnum):
    """Whether a link can be pressed; if not, the catalogue's name of the reason."""

    OPEN = "open"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CLOSED = "closed"
    CONFIRMED = "confirmed"
    POINTS = "points"
    NOT_ME = "not_me"
    DISPUTED = "disputed"


ENDED = frozenset({Standing.EXPIRED, Standing.CLOSED})

SHOWN_AS = {
    ADDRESS_CONFIRMED: Standing.CONFIRMED,
    POINTS_ADDED: Standing.POINTS,
    DISOWNED: Standing.NOT_ME,
}

_AFTER_CONFIRMATION = {
    LinkPurpose.CONFIRM: Standing.CONFIRMED,
    LinkPurpose.DISOWN: Standing.DISPUTED,
}


def standing_of(link: Link) -> Standing:
    """Tell whether a link may be pressed, or why not."""
    if link.pressed:
        return SHOWN_AS[link.pressed.kind]
    if link.came(DISOWNED):
        return Standing.NOT_ME
    if link.request.answered_at or link.request.closed_at:
        return Standing.CLOSED
    if link.expired:
        return Standing.EXPIRED
    if link.came(ADDRESS_CONFIRMED):
        return _AFTER_CONFIRMATION.get(LinkPurpose(link.token.purpose), Standing.OPEN)
    return Standing.OPEN


def asked_by(link: Link) -> tuple[PointOfIdentity, ...]:
    """Return the kinds of points that a page asks for, whatever was offered or matched (VER-15).

    A kind that was offered before is asked for again, for it may have been mistyped.
    """
    if link.token.purpose != LinkPurpose.RESPOND:
        return ()
    terms = policies.in_force_at(link.request.received_at).verification
    return tuple(kind for kind in INPUTS if terms.is_reliable(kind))
