"""What comes between an approval and the erasure: a legal hold, a new order (REC-06, DEL-01)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import pytest

from records import holds, identities
from records.holds import Hold
from tests.e2e.case import Case, eventually
from tests.e2e.office import Office
from workers import parts
from workers.rehearsal.remains import rows_naming

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@asynccontextmanager
async def held_up(dsn: str, row: str, number: object) -> AsyncIterator[None]:
    """Let the erasure come as far as one row, and no farther until this ends."""
    keeper = await asyncpg.connect(dsn)
    try:
        async with keeper.transaction():
            assert await keeper.fetchval(row, number) is not None
            yield
    finally:
        await keeper.close()


async def place(office: Office, case: Case, hold_id: str) -> None:
    """Hold everything of the person, as counsel does."""
    keyring = parts.keyring(office.settings, "suppression_keys")
    person = holds.person(keyring, identities.email(case.customer.email))
    hold = Hold(
        hold_id=hold_id,
        matter="M-1",
        identity_hash=person,
        placed_by="counsel-1",
        placed_at=datetime.now(UTC),
    )
    conn = await asyncpg.connect(office.settings.secret("worker_dsn"))
    try:
        await holds.add(conn, hold)
    finally:
        await conn.close()


async def release(office: Office, hold_id: str) -> None:
    """Release a hold."""
    conn = await asyncpg.connect(office.settings.secret("worker_dsn"))
    try:
        assert await holds.release(conn, hold_id, released_by="counsel-1", now=datetime.now(UTC))
    finally:
        await conn.close()


async def test_a_hold_during_the_erasure_stops_what_is_not_erased_yet(office: Office) -> None:
    """Counsel holds the person while one system is erased: the next is not, until released."""
    case = await office.verified()
    before = await office.shop.rows(case.customer)
    view = "SELECT id FROM page_views WHERE id / 10 = $1 LIMIT 1 FOR UPDATE"
    async with held_up(office.stack.business.backoffice, view, case.customer.id):
        await case.approve()
        await case.until("the plan", lambda s: s.plan, settled=False)
        await eventually(lambda: _erasing(office))
        await place(office, case, f"LH-{case.customer.id}")
    state = await case.until("the erasure parked", lambda s: s.parked)
    assert state.parked is not None
    assert (state.parked.step, state.parked.reason) == ("erase", "HeldByLaw")
    assert await office.shop.rows(case.customer) == before

    await release(office, f"LH-{case.customer.id}")
    await case.act("retry_step")
    await case.closed()
    assert set((await office.shop.rows(case.customer)).values()) == {0}


async def test_a_hold_placed_before_the_plan_stops_the_plan(office: Office) -> None:
    """Nothing at all is changed while the hold is in force."""
    case = await office.verified()
    marks = (case.customer.email, case.customer.customer_number, case.customer.phone)
    before = await rows_naming(office.stack.business, marks)
    await place(office, case, f"LH-{case.customer.id}")
    await case.approve()
    state = await case.until("the plan parked", lambda s: s.parked)
    assert state.parked is not None
    assert (state.parked.step, state.parked.reason) == ("plan_erasure", "HeldByLaw")
    assert await rows_naming(office.stack.business, marks) == before

    await release(office, f"LH-{case.customer.id}")
    await case.act("retry_step")
    await case.closed()
    assert await rows_naming(office.stack.business, marks) == {}


async def test_an_order_that_comes_in_after_the_plan_is_planned_and_erased(office: Office) -> None:
    """The old plan erases nothing of the shop; the new one has the order, and the proof both."""
    case = await office.verified()
    item = "SELECT order_id FROM order_items WHERE order_id / 10 = $1 LIMIT 1 FOR UPDATE"
    async with held_up(office.stack.business.shop, item, case.customer.id):
        await case.approve()
        first = (await case.until("the plan", lambda s: s.plan, settled=False)).plan
        await eventually(lambda: _erasing(office))
        await office.shop.execute(
            "INSERT INTO orders VALUES"
            f" ({case.customer.id * 10 + 9}, 'late-{case.customer.id}', {case.customer.id},"
            " now(), 'nowhere')"
        )
    state = await case.closed()
    assert first is not None
    assert state.plan is not None
    assert state.erased is not None
    assert state.plan.plan_hash != first.plan_hash
    assert state.erased.planned["shop.orders"] == first.rows["shop.orders"] + 1
    assert state.erased.planned["backoffice.page_views"] == first.rows["backoffice.page_views"]
    assert state.erased.absent == state.erased.planned
    assert set((await office.shop.rows(case.customer)).values()) == {0}


async def _erasing(office: Office) -> bool:
    """Tell whether a statement waits for the row that the test keeps."""
    return bool(
        await office.shop.value(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND usename = 'business_owner')"
        )
    )
