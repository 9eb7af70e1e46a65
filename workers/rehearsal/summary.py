"""What a demonstration came to, for people as a table and for machines as JSON."""

import asyncpg
from pydantic import BaseModel, ConfigDict
from rich import box
from rich.table import Table

from domain import policies
from domain.state import RequestState
from domain.timeline import words
from records import outbox
from samples.business.people import SamplePerson
from workers.engine import TemporalEngine
from workers.ledger_check import check
from workers.rehearsal.remains import rows_naming
from workers.rehearsal.stories import Played
from workers.stack.business import BusinessPlaces


class RequestSummary(BaseModel):
    """One request's account: promises, what was done, and what an independent look found."""

    model_config = ConfigDict(frozen=True)

    id: str
    story: str
    outcome: str
    received_on: str
    confirm_by: str | None
    respond_by: str
    extended_to: str | None
    breached: tuple[str, ...]
    answered_at: str | None
    closed_on: str
    rows_erased: dict[str, int]
    rows_kept: dict[str, int]
    rows_found_afterwards: dict[str, int]
    providers: dict[str, str]
    letters: tuple[str, ...]
    ledger: str


async def summarise(
    played: Played,
    state: RequestState,
    *,
    auditor: asyncpg.Connection,
    business: BusinessPlaces,
    engine: TemporalEngine,
) -> RequestSummary:
    """Gather one request's account from its state, its ledger and the business's systems."""
    report = await check(auditor, engine, played.request_id)
    letters = await outbox.of_request(auditor, played.request_id)
    dates, zone = state.dates, policies.get(state.pinned).zone
    assert dates is not None
    return RequestSummary(
        id=played.request_id,
        story=played.story,
        outcome=str(state.outcome),
        received_on=str(dates.receipt_date),
        confirm_by=str(dates.confirm_by) if dates.confirm_by else None,
        respond_by=str(dates.respond_by),
        extended_to=str(state.extension.new_due) if state.extension else None,
        breached=tuple(str(day) for day in state.breached),
        answered_at=state.answered_at.astimezone(zone).isoformat() if state.answered_at else None,
        closed_on=str(state.at.astimezone(zone).date()) if state.at else "",
        rows_erased=dict(state.erased.absent) if state.erased else {},
        rows_kept={each.collection: each.rows for each in state.erased.retained}
        if state.erased
        else {},
        rows_found_afterwards=await rows_naming(business, marks_of(played.person)),
        providers={key: str(view.standing) for key, view in (state.providers or {}).items()},
        letters=tuple(
            f"{words(each.notice)} to {each.audience}: {each.status}" for each in letters
        ),
        ledger="sound" if report.sound else "; ".join((*report.faults, *report.differences)),
    )


def marks_of(person: SamplePerson) -> tuple[str, ...]:
    """Return what names a person wherever it stands."""
    return (person.email, person.customer_number, person.phone)


IN_WORDS = {
    "GRANT": "granted",
    "GRANT_PARTIAL": "granted in part",
    "DENY": "denied",
    "NO_DATA": "nothing held",
    "UNVERIFIED_TREAT_AS_OPT_OUT": "treated as opt-out",
}


def table_of(summaries: list[RequestSummary]) -> Table:
    """Return the closing table, which fits a terminal of 80 columns."""
    table = Table(
        title="What happened (* due date missed; rows: erased/kept by law/found afterwards)",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for heading in ("request", "outcome", "due", "answered", "closed", "rows"):
        table.add_column(heading, no_wrap=True)
    for each in summaries:
        table.add_row(
            each.id,
            IN_WORDS.get(each.outcome, each.outcome),
            f"{each.extended_to or each.respond_by}{'*' if each.breached else ''}",
            (each.answered_at or "")[:10],
            each.closed_on,
            "/".join(
                str(sum(rows.values()))
                for rows in (each.rows_erased, each.rows_kept, each.rows_found_afterwards)
            ),
        )
    return table
