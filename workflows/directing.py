"""What passes between one provider's workflow and its steps. Nothing personal, either way."""

from datetime import date, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict
from temporalio.common import RetryPolicy

from domain import events as e
from domain import policies
from domain.decisions import direction as decide
from domain.decisions.direction import Order
from domain.direction import DirectionState
from domain.late_answer import LateAnswerState
from domain.policy import PolicyPin
from domain.state import RequestState
from domain.vocabulary import ProviderStanding
from workflows.effects import OWN_DATABASE, Effect, NotingStep, Step
from workflows.exchange import Done, InboxItem, TellRequest

PROVIDER = Effect(
    start_to_close=timedelta(minutes=2),
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=1),
        maximum_interval=timedelta(seconds=30),
    ),
)
"""A provider's endpoint may be down for days: when to try it again follows from the policy, which
the step states with each failure. The intervals here are those of a fault of our own."""

COPY = Effect(start_to_close=timedelta(minutes=5), retry=PROVIDER.retry)
"""Fetching what a provider returned."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class DirectionStart(_Data):
    """What a provider's workflow starts with; ``state`` and ``head`` when it is resumed.

    ``one_of_many``: the request looks at all of them at intervals and hears of ends alone.
    """

    order: Order
    policy: PolicyPin
    now: AwareDatetime
    one_of_many: bool = False
    state: DirectionState | None = None
    head: str = ""


class SendDirection(_Data):
    """Send, or repeat, one direction by its provider's protocol.

    ``patient``: wait for a kill switch to be put back; else say at once that it is on.
    """

    stream: str
    order: Order
    repeat: int
    confirm_by: date
    give_up_at: AwareDatetime
    handed_over_at: AwareDatetime | None = None
    policy: PolicyPin
    now: AwareDatetime
    patient: bool = False


class DirectionSendResult(_Data):
    """What the provider's system said, or in what other way the direction goes.

    ``message`` is what its answer itself proves, as a row of the inbox has it.
    """

    outcome: Literal["sent", "letter", "paused"] = "sent"
    reference: str = ""
    proof_hash: str = ""
    message: InboxItem | None = None


class FetchCopy(_Data):
    """Fetch the copy that an acknowledgement, kept under its inbox row, points to."""

    stream: str
    order: Order
    message: int


class FetchedCopy(_Data):
    """The copy is in the vault."""

    content_hash: str
    content_type: str
    size: int


class LateStart(_Data):
    """An acknowledgement that no workflow took: inbox row ``message`` of a direction's stream."""

    direction: str
    message: int
    now: AwareDatetime


class StoreLate(_Data):
    """Keep a late acknowledgement in the request's outside stream."""

    stream: str
    direction: str
    message: int
    now: AwareDatetime


class LateWord(_Data):
    """A late acknowledgement, how its direction had ended, and what was done about it so far."""

    direction: str
    message: int
    order: Order
    policy: PolicyPin
    standing: ProviderStanding
    at: AwareDatetime
    ended_as: ProviderStanding
    state: LateAnswerState
    head: str


class LookAtRequest(_Data):
    """See whether a request writes of a late answer itself, or is closed."""

    request_id: str
    provider: str
    standing: ProviderStanding


class LookedAt(_Data):
    """Whether the request tells its consumer itself; if not, the request, once it is closed."""

    tells_itself: bool = False
    request: RequestState | None = None


def direction_sent(asked: SendDirection, sent: DirectionSendResult) -> tuple[e.Event, ...]:
    """Say that a provider's system has a direction, or ask for the letter by which it goes."""
    if sent.outcome == "sent":
        proof = {"reference": sent.reference, "proof_hash": sent.proof_hash}
        return (e.DirectionSent(repeat=asked.repeat, **proof),)
    return (_letter(asked),) if sent.outcome == "letter" else ()


def _letter(asked: SendDirection) -> e.NoticeRequested:
    return decide.letter(
        asked.order,
        policies.get(asked.policy),
        asked.now,
        **asked.model_dump(include={"repeat", "confirm_by", "give_up_at", "handed_over_at"}),
    )


SEND_DIRECTION = NotingStep(
    "send_direction", SendDirection, DirectionSendResult, PROVIDER, direction_sent
)
FETCH_COPY = Step("fetch_copy", FetchCopy, FetchedCopy, COPY)
TELL_REQUEST = Step("tell_request", TellRequest, Done, OWN_DATABASE)
STORE_LATE = Step("store_late_acknowledgement", StoreLate, LateWord, OWN_DATABASE)
LOOK_AT_REQUEST = Step("look_at_request", LookAtRequest, LookedAt, OWN_DATABASE)

BY_HAND = (
    "Providers are directed by their request's own workflow. Look at the request's workflow; "
    "a lost direction is resumed by the sweep within minutes."
)
