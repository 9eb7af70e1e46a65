"""The review of a package: what staff decide, item by item, until a version goes out (KNO-08)."""

from datetime import datetime

from domain import events as e
from domain import messages
from domain.decisions.guarded import guarded
from domain.notice_words import WithheldReason
from domain.package import ReviewDecision
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState

MOST_DECISIONS = 1000
"""Decisions that one review may hold: its state travels with the workflow."""

GROUNDS = (
    WithheldReason.OTHER_PERSON,
    WithheldReason.PRIVILEGE,
    WithheldReason.CONFLICT_WITH_LAW,
    WithheldReason.NEVER_DISCLOSE,
)
"""Why staff may keep something back; the other reasons only say that nobody has decided yet."""


def _must_be_open(state: RequestState, *_: object) -> None:
    if not state.awaits_release:
        raise Refused("No package waits to be looked through here.")
    if state.rebuilding:
        raise Refused("A further version of the package is being built. Look at it when it is.")


@guarded(_must_be_open)
def review_items(
    state: RequestState, message: messages.ReviewItems, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Withhold, redact or release items of the package; the next version is built by it."""
    if len(state.review) + len(message.decisions) > MOST_DECISIONS:
        raise Refused(
            f"A review holds {MOST_DECISIONS} decisions at most. Decide on entries or on whole "
            "collections instead of single fields."
        )
    for wish in message.decisions:
        if wish.reason is not None and wish.reason not in GROUNDS:
            raise Refused(f"That is no ground. Choose one of: {', '.join(GROUNDS)}.")
    taken = tuple(ReviewDecision(**wish.model_dump()) for wish in message.decisions)
    return (e.ItemsReviewed(actor=message.actor, decisions=taken),)


def _must_be_ahead(state: RequestState, *_: object) -> None:
    _must_be_open(state)
    if not state.review_is_ahead:
        raise Refused("The package has every decision of the review already.")


@guarded(_must_be_ahead)
def rebuild_report(
    state: RequestState, message: messages.RebuildReport, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Have the package built anew by the decisions; nothing is collected again."""
    return (e.RebuildAsked(actor=message.actor),)


def _must_be_releasable(state: RequestState, *_: object) -> None:
    _must_be_open(state)
    if state.review_is_ahead:
        raise Refused(
            "Decisions were taken that the package does not have yet. Send rebuild_report, "
            "look at the new version, then release it."
        )
    assert state.report is not None, "a review has a package"
    if WithheldReason.POLICY_HEALTH in state.report.needs_review:
        raise Refused(
            "Something in the package speaks of health, and counsel has not decided on it. "
            "Counsel releases it on the case page, or names a ground to withhold it."
        )


@guarded(_must_be_releasable)
def release_report(
    state: RequestState, message: messages.ReleaseReport, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Let a package go out that the engine would not release by itself (KNO-08, RED-12).

    What speaks of health waits for counsel; it is never withheld for good by silence (RED-08).
    """
    assert state.report is not None, "a review has a package"
    if message.package and message.package != state.report.content_hash:
        raise Refused("The package was built anew since you looked at it. Look at the new one.")
    return (e.ReportReleased(actor=message.actor),)
