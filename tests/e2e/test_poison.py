"""A message that cannot be read holds nothing up: it is put aside, shown, and read on retry."""

import json

import pytest

from domain.decisions.inbox import POINTS_ADDED
from domain.notice_words import Situation
from tests.e2e.office import Office

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

FILED = """
INSERT INTO privacy.inbox (once_key, request_id, stream, kind, facts, received_at)
VALUES ($1, $2, $2, $3, $4::text::jsonb, now() - interval '1 hour') RETURNING row_id
"""


async def test_a_request_goes_on_beside_what_it_cannot_read(office: Office) -> None:
    """Swept in, parked with its reason, listed, mended, retried, taken; the rest goes on."""
    case = await office.file()
    await case.until("it is open", lambda s: s.received)
    facts = json.dumps({"kinds": ["retina_scan"]})
    (filed,) = await case.query(FILED, "poison", case.request_id, POINTS_ADDED, facts)
    row = filed["row_id"]
    await office.sweep()
    state = await case.until("it is put aside", lambda s: s.parked_messages)
    assert state.parked_messages == (row,)
    await office.sweep()
    assert Situation.MESSAGE_PARKED in await case.staff_told()
    code, said = await office.privacy("inbox", "list")
    assert code == 0
    assert f"{row}" in said
    assert "unreadable_ValueError" in said
    await case.verified()
    assert (await case.names()).count("MessageParked") == 1

    mend = "UPDATE privacy.inbox SET facts = $2::text::jsonb WHERE row_id = $1"
    await case.query(mend, row, json.dumps({"kinds": ["phone"]}))
    code, said = await office.privacy("inbox", "retry", str(row))
    assert code == 0, said
    await case.until("it is taken", lambda s: row in s.inbox_seen)
    assert (await case.state()).parked_messages == ()
    assert await case.ledger_state() == await case.state()
    await office.replay(case.request_id)
