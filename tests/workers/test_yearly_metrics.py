"""The yearly figures come from the ledger alone."""

from datetime import UTC, datetime, timedelta

import asyncpg

from domain import events as e
from domain.metrics import Group
from domain.policy import Policy
from domain.vocabulary import Decision
from tests.happenings import received
from tests.stored import write
from workers.yearly_metrics import figures_of, policy_for

RECEIVED = datetime(2026, 3, 2, 18, tzinfo=UTC)
STREAMS = ("PR-0000-0000", "PR-0000-0001", "PR-0000-0002")


async def test_figures_follow_from_the_ledger_alone(
    conn: asyncpg.Connection, policy: Policy
) -> None:
    """Answers count with their days, a pending request as received only (MET-02, MET-03)."""
    await _record(conn, policy, STREAMS[0], Decision.GRANT_PARTIAL, days=10)
    await _record(conn, policy, STREAMS[1], Decision.UNVERIFIED_TREAT_AS_OPT_OUT, days=45)
    await _record(conn, policy, STREAMS[2], None, days=0)
    figures = await figures_of(conn, policy_for(2026), 2026)
    deletions = figures[Group.DELETE]
    assert (deletions.received, deletions.complied, deletions.denied) == (3, 1, 1)
    assert (deletions.mean_days, deletions.median_days) == (27.5, 27.5)
    assert figures[Group.KNOW].received == 0


async def _record(
    conn: asyncpg.Connection, policy: Policy, stream: str, outcome: Decision | None, days: int
) -> None:
    events: list[e.Event] = [received(policy, RECEIVED)]
    if outcome is not None:
        at = RECEIVED + timedelta(days=days)
        events.append(e.RequestAnswered(outcome=outcome, letter=2, accepted_at=at))
    await write(conn, stream, RECEIVED, *events)
