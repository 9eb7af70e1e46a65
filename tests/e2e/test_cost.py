"""What one deletion costs Temporal: counts, which no machine changes (docs/benchmarks.md)."""

import pytest

from tests.bench.counting import count
from tests.e2e.office import Office

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

MOST_EVENTS = 165
MOST_ACTIONS = 40
MOST_BYTES = 4096


async def test_a_deletion_with_two_providers_stays_as_small_as_it_is(office: Office) -> None:
    """Events and billable actions grow no more unseen; no payload is above 4 KB."""
    case = await office.verified()
    await case.approve()
    state = await case.closed()
    ids = [case.request_id, *(f"{case.request_id}.{key}" for key in state.providers or {})]
    handles = [office.people.handle(each) for each in ids]
    for handle in handles:
        await handle.result()
    counts = count([await handle.fetch_history() for handle in handles])
    assert len(ids) == 3
    assert counts.events <= MOST_EVENTS
    assert counts.billable <= MOST_ACTIONS, counts.actions
    assert counts.largest_payload <= MOST_BYTES
