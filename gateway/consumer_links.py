"""Judging a consumer's link: may it still be pressed, and what does its page ask for?"""

from enum import StrEnum

from domain import policies
from domain.decisions.inbox import (
    ADDRESS_CONFIRMED,
    DECLARATION_SIGNED,
    DISOWNED,
    FEE_ACCEPTED,
    POINTS_ADDED,
)
from domain.links import LinkPurpose
from domain.notice_words import Need
from domain.vocabulary import NoticeKind, PointOfIdentity
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
    SIGNED = "signed"
    CHOSEN = "chosen"
    FEE = "fee"
    NOT_ME = "not_me"
    DISPUTED = "disputed"


ENDED = frozenset({Standing.EXPIRED, Standing.CLOSED})

SHOWN_AS = {
    ADDRESS_CONFIRMED: Standing.CONFIRMED,
    POINTS_ADDED: Standing.POINTS,
    DECLARATION_SIGNED: Standing.SIGNED,
    FEE_ACCEPTED: Standing.FEE,
    DISOWNED: Standing.NOT_ME,
}

_AFTER_CONFIRMATION = {
    LinkPurpose.CONFIRM: Standing.CONFIRMED,
    LinkPurpose.DISOWN: Standing.DISPUTED,
}
_SIGNED_BY = frozenset({LinkPurpose.CONFIRM, LinkPurpose.RESPOND, LinkPurpose.STATUS})


def standing_of(link: Link) -> Standing:
    """Tell whether a link may be pressed, or why not.

    One that was pressed is good for the declaration still, where its letter asked for one.
    """
    signs = owes_declaration(link)
    if link.pressed and not signs:
        return SHOWN_AS[link.pressed.kind]
    if link.came(DISOWNED):
        return Standing.NOT_ME
    if (link.request.answered_at or link.request.closed_at) and not _can_disown(link):
        return Standing.CLOSED
    if link.expired:
        return Standing.EXPIRED
    if link.came(ADDRESS_CONFIRMED) and not signs:
        return _AFTER_CONFIRMATION.get(LinkPurpose(link.token.purpose), Standing.OPEN)
    return Standing.OPEN


def _can_disown(link: Link) -> bool:
    """Tell whether a reader who confirmed nothing may say that it was not them (NOT-05)."""
    return link.token.purpose == LinkPurpose.DISOWN and not link.came(ADDRESS_CONFIRMED)


def owes_declaration(link: Link) -> bool:
    """Tell whether the page asks for a declaration: its letter did, and none came (VER-14)."""
    asked = link.token.purpose in _SIGNED_BY and link.asks(Need.DECLARATION)
    return asked and not link.came(DECLARATION_SIGNED)


def owes_points(link: Link) -> bool:
    """Tell whether the last letter asked for details and none came since (VER-02)."""
    return link.asks(Need.MORE_POINTS) and not link.gave(POINTS_ADDED)


def owes_confirmation(link: Link) -> bool:
    """Tell whether the address, or the second step of an opt-in, is to be confirmed still."""
    return link.asks(Need.CONFIRM_ADDRESS) and not link.came(ADDRESS_CONFIRMED)


def owes_fee_answer(link: Link) -> bool:
    """Tell whether an estimate waits for an answer (FEE-03)."""
    estimates = [one for one in link.letters if one.notice is NoticeKind.FEE_ESTIMATE]
    return bool(estimates) and not link.came(FEE_ACCEPTED)


def asked_by(link: Link) -> tuple[PointOfIdentity, ...]:
    """Return the kinds of points that a page asks for, whatever was offered or matched (VER-15).

    A kind that was offered before is asked for again, for it may have been mistyped; a link that
    was pressed has taken them.
    """
    if not _takes_points(link):
        return ()
    terms = policies.in_force_at(link.request.received_at).verification
    return tuple(kind for kind in INPUTS if terms.is_reliable(kind))


def _takes_points(link: Link) -> bool:
    if link.token.purpose == LinkPurpose.STATUS:
        return owes_points(link)
    return link.token.purpose == LinkPurpose.RESPOND and not link.pressed
