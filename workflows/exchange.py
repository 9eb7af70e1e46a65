"""What passes between workflows and activities. Nothing personal, in either direction."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from domain import events as e
from domain.notice_words import DirectedAction, OptOutScope
from domain.notices import Retained
from domain.policy import PolicyPin
from domain.start import RequestStart
from domain.state import RequestState
from domain.vocabulary import ProviderStanding
from domain.vouched import message_to


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class OpenRequest(_Data):
    """Open a request by what its start carried."""

    request_id: str
    now: AwareDatetime
    start: RequestStart


class OpenedRequest(_Data):
    """What was written to open a stream, and what came of its letters.

    Of a request that goes on: the state that its ledger folds to, with the hash it ends in.
    """

    documents: tuple[dict[str, Any], ...] = ()
    letters: tuple["Dispatched", ...] = ()
    state: RequestState | None = None
    head: str = ""


class ReadReports(_Data):
    """Ask which of some requests still have a report that nobody has fetched."""

    requests: tuple[str, ...]


class UnfetchedReports(_Data):
    """Those that are still to be waited for."""

    requests: tuple[str, ...]


class OpenedPurge(_Data):
    """The purge that the company opened for a young person."""

    purge: str


class Projection(_Data):
    """What lists and the gateway show of a request; rebuilt from the ledger at any time."""

    stage: str
    needs_action: str = ""
    respond_by: AwareDatetime | None = None
    answered_at: AwareDatetime | None = None
    outcome: str | None = None
    business_time: AwareDatetime
    closed: bool = False


class DispatchLetters(_Data):
    """Send letters of one stream, by their numbers."""

    stream: str
    letters: tuple[int, ...]
    policy: PolicyPin
    now: AwareDatetime


class Dispatched(_Data):
    """What the mail server said of one letter; ``at`` is business time."""

    letter: int
    result: Literal["accepted", "deferred", "refused", "queued"]
    at: AwareDatetime
    reply_code: str = ""


class DispatchResult(_Data):
    """One entry for each letter that was tried."""

    letters: tuple[Dispatched, ...] = ()


class TellRequest(_Data):
    """Have the request look at this provider's stream."""

    stream: str
    final: bool


class FollowUp(_Data):
    """What is done as soon as events are written: letters go out, the request hears of them."""

    letters: DispatchLetters | None = None
    tell: TellRequest | None = None


class Record(_Data):
    """The next events of one stream, what they cause in our database, and what follows.

    ``after_others``: the events before these are with a step that may not have written them yet.
    ``notes_sent``: whoever writes it notes in the stream, too, which of its letters are out.
    """

    stream: str
    expected_head: str
    after_others: bool = False
    notes_sent: bool = False
    documents: tuple[dict[str, Any], ...]
    projection: Projection | None = None
    follow_up: FollowUp = FollowUp()


class Recorded(_Data):
    """The stream's head hash after the write, and what came of the follow-up.

    ``noted`` are the events that were written after those of the record. ``told`` is false where
    the request could not be told yet.
    """

    head: str
    noted: tuple[dict[str, Any], ...] = ()
    letters: tuple[Dispatched, ...] = ()
    told: bool = True


Result = TypeVar("Result")


class Carried(_Data, Generic[Result]):
    """What a step returned that wrote a record first, if it was given one.

    No ``result``: an attempt before this one has written what it came to; or, with
    ``again_after``, the record is written, and the step itself is to be tried again then.
    """

    result: Result | None = None
    recorded: Recorded | None = None
    again_after: timedelta | None = None


class ReadInbox(_Data):
    """Read a row that came from outside."""

    stream: str
    row: int


class InboxItem(_Data):
    """A verified message from outside: a consumer's button, a provider's acknowledgement."""

    row: int
    kind: str
    at: AwareDatetime
    facts: dict[str, Any]


class OfRequest(_Data):
    """A step that needs only the request, its policy and the business time."""

    request_id: str
    now: AwareDatetime
    policy: PolicyPin


class ReadDirections(_Data):
    """Read from the ledger where some providers' directions stand."""

    request_id: str
    providers: tuple[str, ...]


class ReadNamed(OfRequest):
    """Read the request that staff say this one repeats, and compare the two (REQ-17)."""

    named: str


class ApplyChoice(OfRequest):
    """Store a choice: an opt-out, a limit, or an opt-in."""

    choice: OptOutScope
    opts_in: bool


class CompileReport(OfRequest):
    """Compile what is held, as categories alone or with its pieces."""

    specific_pieces: bool


class CompiledReport(_Data):
    """The report by the policy's codes; the package is in the vault (REC-05)."""

    specific_pieces: bool
    content_hash: str
    period_from: date
    period_to: date
    report: dict[str, Any]
    rows: dict[str, int]
    withheld: tuple[dict[str, str], ...] = ()
    needs_review: tuple[str, ...] = ()


class Corrected(_Data):
    """Which fields were corrected and read back, and which could not be."""

    fields: tuple[str, ...]
    refused: tuple[str, ...] = ()


class Deactivated(_Data):
    """Rows that were switched off, per collection."""

    rows: dict[str, int]


class Counted(_Data):
    """How many requests to know count in the window, and from when a new one is served.

    ``denied_on`` is when a correction of the same person was last denied (COR-06).
    """

    counted: int
    excess: bool
    next_allowed: date | None = None
    denied_on: date | None = None
    received_on: tuple[date, ...] = ()


class Done(_Data):
    """The answer of a step that has nothing to tell."""


class IdentityMatch(_Data):
    """Counts for the best single person; never a value (VER-18)."""

    points_counted: int
    mismatches: int
    ambiguous: bool
    address_on_file: bool
    address_settled: bool = True
    """Whether personal data may go to a proved e-mail address (VER-17)."""
    sensitive: bool = False
    """Whether a correction concerns sensitive data."""


class Survey(_Data):
    """What is held of the verified person, in counts."""

    rows: dict[str, int]
    retained: tuple[e.Retention, ...]
    fallen: tuple[e.Retention, ...] = ()
    sources: tuple[str, ...] = ()
    doubtful: dict[str, int] = Field(default_factory=dict)


class PlanErasure(OfRequest):
    """Plan an erasure; ``replaces`` is the hash of a plan that rows have come in after."""

    replaces: str = ""
    kept_by_staff: tuple[e.Retention, ...] = ()


class Plan(_Data):
    """The erasure plan's hash and counts; its row keys are in the vault."""

    plan_hash: str
    rows: dict[str, int]
    retained: tuple[e.Retention, ...]


class Erase(OfRequest):
    """Carry the plan out; ``undoable`` keeps images of what goes (DEL-17)."""

    undoable: bool = False


class DestroyJournal(OfRequest):
    """Destroy a restore journal; ``undone`` says that its rows stand again."""

    undone: bool = False


class Undone(_Data):
    """How many rows stand again, and of how many something else has the place."""

    restored: dict[str, int]
    missing: dict[str, int]


class Proof(_Data):
    """What a fresh connection found after the erasure."""

    planned: dict[str, int]
    absent: dict[str, int]
    retained: tuple[e.Retention, ...]
    still_found: tuple[str, ...] = ()


class StartDirections(_Data):
    """Start one workflow per provider that must act; the answer waits for them at most so long."""

    request_id: str
    now: AwareDatetime
    policy: PolicyPin
    action: DirectedAction
    age_band: str = ""
    receipt_date: date
    collections: tuple[str, ...]
    exceptions: tuple[Retained, ...]
    wait_until: AwareDatetime


class Directions(_Data):
    """The providers directed: id to display name."""

    providers: dict[str, str]


class ProviderReport(_Data):
    """A provider's workflow to its request."""

    provider: str
    standing: ProviderStanding
    at: AwareDatetime
    final: bool
    head: str


class ProviderReports(_Data):
    """Where directions of a request stand by the ledger: those asked about and any that moved."""

    reports: tuple[ProviderReport, ...]


class Report(NamedTuple):
    """A provider whose stream moved; ``news`` where one of our processes vouches for it."""

    provider: str
    news: tuple[ProviderReport, ...] | None = None


def report_to(request_id: str, payloads: Sequence[Any]) -> Report | None:
    """Return what a signal reports to a request; nothing when it names no provider."""
    message = message_to(request_id, payloads)
    provider = message.said.get("provider") if message else None
    if message is None or not isinstance(provider, str):
        return None
    if message.vouched:
        with suppress(ValidationError):
            return Report(provider, ProviderReports.model_validate(message.said).reports)
    return Report(provider)


class Swept(_Data):
    """What one sweep did."""

    started: int = 0
    resumed: int = 0
    redelivered: int = 0
    letters: int = 0


class SweepInput(_Data):
    """When the sweep runs."""

    now: AwareDatetime


class Status(_Data):
    """The answer to the status query: state and ledger side by side."""

    stream: str
    n: int
    recorded_through: int
    recorded_head: str
    head: str
    state: dict[str, Any]
