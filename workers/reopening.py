"""Taking up a closed request again, after asking its ledger whether that may be."""

from datetime import date, datetime

from domain import events as e
from domain import policies
from domain.decisions import reopening
from domain.refusals import Refused
from domain.start import Reopening
from domain.state import RequestState, fold
from records import freezing, ledger
from workers import parts
from workers.connecting import connected
from workers.engine import TemporalEngine
from workers.settings import Settings
from workers.temporal.client import connect


async def reopen_request(
    settings: Settings, request_id: str, wanted: Reopening, now: datetime
) -> date:
    """Start the request's workflow again and return its new due date.

    Raises:
        LookupError: the ledger knows no such request.
        Refused: it is open, was granted, was not the consumer's, or is frozen.
    """
    state = await _recorded(settings, request_id)
    opening, *_ = reopening.reopen(state, wanted, policies.get(state.pinned), now)
    await _must_not_be_frozen(settings, request_id)
    assert isinstance(opening, e.RequestReopened)
    engine = TemporalEngine(
        await connect(settings), settings.task_queue, parts.public_url(settings)
    )
    await engine.reopen(request_id, wanted)
    return opening.dates.respond_by


async def _must_not_be_frozen(settings: Settings, request_id: str) -> None:
    """Refuse what a misdelivery has frozen since its close. Raises ``Refused``."""
    async with connected(settings, "worker_dsn") as conn:
        if await freezing.is_frozen(conn, request_id):
            raise Refused(
                "This request is frozen, because something of it reached the wrong person. When "
                "the cause is found, release its hold, which privacy hold list names; then reopen "
                "it."
            )


async def _recorded(settings: Settings, request_id: str) -> RequestState:
    async with connected(settings, "worker_dsn") as conn:
        rows = await ledger.read(conn, request_id)
    if not rows:
        raise LookupError(f"The ledger knows no request {request_id}; check the id.")
    return fold(request_id, (row.recorded for row in rows))
