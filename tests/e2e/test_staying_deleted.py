"""What staff and import jobs do after an erasure, by the command line (DEL-06, DEL-13)."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.e2e.case import Case
from tests.e2e.office import Office
from workers.rehearsal.remains import rows_naming

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CUSTOMER = "SELECT to_jsonb(c)::text FROM customers c WHERE id = $1"
CONTACT = "SELECT to_jsonb(c)::text FROM crm_contacts c WHERE id = $1"
RESTORE = "INSERT INTO {0} SELECT * FROM jsonb_populate_record(NULL::{0}, $1::text::jsonb)"
NOT_IN_THE_PLAN = "INSERT INTO orders VALUES ($1, $2, $3, now(), 'before the erasure')"


async def asked(dsn: str, query: str, *args: object) -> str:
    """Ask, or change, a system of the business directly."""
    connection = await asyncpg.connect(dsn)
    try:
        return str(await connection.fetchval(query, *args))
    finally:
        await connection.close()


def marks(case: Case) -> tuple[str, ...]:
    """Return what names the person."""
    return (case.customer.email, case.customer.customer_number, case.customer.phone)


async def test_what_a_restore_brings_back_is_found_and_erased_again(office: Office) -> None:
    """Two systems restored, with an order that no plan knows: gone, and on record (DEL-06)."""
    case = await office.verified()
    shop, backoffice, number = *office.stack.business[:2], case.customer.id
    customer = await asked(shop, CUSTOMER, number)
    contact = await asked(backoffice, CONTACT, number)
    await case.approve()
    await case.closed()
    await asked(shop, RESTORE.format("customers"), customer)
    await asked(shop, NOT_IN_THE_PLAN, number * 10 + 9, f"back-{number}", number)
    await asked(backoffice, RESTORE.format("crm_contacts"), contact)
    assert await rows_naming(office.stack.business, marks(case)) != {}

    since = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"
    code, said = await office.privacy("reapply", "--since", since, "--by", "s.lee")
    assert code == 0, said
    assert f"{case.request_id}  came back, erased again: in " in said
    assert "backoffice.crm_contacts" in said
    assert case.customer.email not in said
    assert await rows_naming(office.stack.business, marks(case)) == {}
    assert set((await office.shop.rows(case.customer)).values()) == {0}
    outside = await case.query(
        "SELECT document->>'type' FROM privacy.ledger WHERE stream = $1",
        f"{case.request_id}.outside",
    )
    assert [row[0] for row in outside] == ["ErasureReapplied"]

    code, said = await office.privacy("reapply", "--since", since, "--by", "s.lee")
    assert code == 0
    assert case.request_id + "  still absent" in said


async def test_a_plan_is_shown_without_keys_before_and_after_the_approval(office: Office) -> None:
    """A preview of the live systems first, then the plan that stands, with its hash (DEL-16)."""
    case = await office.verified()
    code, preview = await office.privacy("erasure", "plan", case.request_id)
    assert code == 0, preview
    assert "a preview" in preview
    assert "shop.customers" in preview
    assert "Kept: shop.invoices (EX8" in preview
    await case.approve()
    state = await case.closed()
    code, stands = await office.privacy("erasure", "plan", case.request_id)
    assert code == 0, stands
    assert state.plan is not None
    assert f"Hash in the ledger: {state.plan.plan_hash}" in stands
    assert not [mark for mark in marks(case) if mark in preview + stands]


async def test_an_import_job_learns_whom_to_leave_out(office: Office) -> None:
    """The address and the number of a deleted person are on the list, in any spelling (DEL-13)."""
    case = await office.verified()
    await case.approve()
    await case.closed()
    number = case.customer.phone.removeprefix("+1").replace(" ", "-")
    feed = f"nobody@example.net\n{case.customer.email.upper()}\n\n{number}\n"
    code, said = await office.privacy("suppression", "check", "--file", "-", given=feed)
    assert code == 1
    assert said.splitlines() == ["line 2: deletion", "line 4: deletion", "2 of 3 on the list."]
    code, said = await office.privacy("suppression", "check", "nobody@example.net")
    assert (code, said) == (0, "0 of 1 on the list.\n")
