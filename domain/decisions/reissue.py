"""A new link to a package that stands: nothing is collected again (KNO-07)."""

from datetime import datetime

from domain import events as e
from domain import messages
from domain.decisions import letters
from domain.decisions.guarded import guarded
from domain.links import LinkPurpose
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import NoticeKind


def _must_have_a_package(state: RequestState, policy: Policy, now: datetime) -> None:
    if not state.answered or state.disclosed is None or not state.disclosed.specific_pieces:
        raise Refused("No package went out here, so there is none to send again.")
    if state.package_ends_at is None or now >= state.package_ends_at:
        raise Refused("The package is purged. A copy needs a new request; nothing is kept of it.")


@guarded(_must_have_a_package)
def reissue_package(
    state: RequestState, message: messages.ReissuePackage, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Send the report's letter again with a new link; the links before it open nothing any more.

    A package that was fetched is not kept for longer than it would have been.
    """
    assert state.package_ends_at is not None, "a package that stands has an end"
    expires = letters.package_link_expires(policy, now)
    if state.package_fetched:
        expires = min(expires, state.package_ends_at)
    letter = e.NoticeRequested(
        notice=NoticeKind.ACCESS_REPORT,
        facts=letters.access_report(state, policy, now),
        links=(LinkPurpose.PACKAGE,),
        links_expire_at=expires,
    )
    return (e.PackageReissued(actor=message.actor), letter)
