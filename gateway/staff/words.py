"""How the staff's pages say what the engine keeps as codes."""

from collections.abc import Mapping
from typing import NamedTuple

from domain.days import local_date
from domain.paths import PATHS
from domain.policy import Policy
from domain.state import Stage
from domain.vocabulary import RequestType
from records.work_queue import SOON_DAYS, QueuedRequest, View

VIEWS: Mapping[View, str] = {
    View.OPEN: "All open",
    View.WAITING_FOR_STAFF: "Waiting for me",
    View.DUE_SOON: f"Due in {SOON_DAYS} days",
    View.OVERDUE: "Overdue",
    View.WAITING_FOR_CONSUMER: "Waiting for the consumer",
    View.WAITING_FOR_PROVIDERS: "Waiting for providers",
}

STAGES: Mapping[str, str] = {
    Stage.RECEIVED: "Just received",
    Stage.VERIFYING: "The consumer is proving who they are",
    Stage.DECIDING: "A decision is awaited",
    Stage.FULFILLING: "Being carried out",
    Stage.DIRECTING: "Done here, providers directed",
    Stage.ANSWERING: "The answer is being sent",
    Stage.WAITING_FOR_PROVIDERS: "Answered, providers still to confirm",
    Stage.KEEPING_PACKAGE: "Answered, the package stands",
    Stage.CLOSED: "Closed",
}

ACTIONS = {
    "decide": "Decide",
    "release_report": "Look through the package and release it",
    "unfreeze": "Frozen after a misdelivery: find the cause, then release it",
    "retry_step": "A step failed: mend its cause, then retry it",
    "review_identity": "More than one person fits: compare identities",
    "retry_message": "A message cannot be read: see privacy inbox list",
    "letter_posted": "Print a letter and post it",
    "messages_read": "Read what the consumer wrote",
}


class Remaining(NamedTuple):
    """The days that a request has left, in words, and the style that goes with them."""

    words: str
    style: str


def in_words(request_type: RequestType) -> str:
    """Say what a kind of request asks for: "to delete personal information"."""
    path = PATHS.get(request_type)
    return path.in_words if path else request_type.replace("_", " ")


def stage_in_words(stage: str) -> str:
    """Say where a request stands."""
    return STAGES.get(stage, stage.capitalize())


def action_in_words(code: str) -> str:
    """Say what staff must do next; empty when nothing waits for them."""
    return ACTIONS.get(code, code.replace("_", " ").capitalize())


def remaining(request: QueuedRequest, policy: Policy) -> Remaining:
    """Say how many days are left until the due date, by the company's calendar."""
    if request.closed:
        return Remaining("closed", "done")
    if request.answered:
        return Remaining("answered", "done")
    if request.respond_by is None:
        return Remaining("dates follow", "calm")
    days = (local_date(request.respond_by, policy) - local_date(request.at, policy)).days
    return Remaining(days_in_words(days), _style(days))


def days_in_words(days: int) -> str:
    """Say a number of days until a date; negative ones have passed."""
    if days < 0:
        return "1 day late" if days == -1 else f"{-days} days late"
    near = ("due today", "due tomorrow")
    return near[days] if days < len(near) else f"{days} days left"


def _style(days: int) -> str:
    if days < 0:
        return "late"
    return "soon" if days < SOON_DAYS else "calm"
