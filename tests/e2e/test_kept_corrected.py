"""What was corrected stays corrected, whatever a feed delivers later (COR-04)."""

import uuid

import pytest

from domain.vocabulary import Decision, NoticeKind
from tests.e2e.office import Office
from workflows import upkeep

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PHONE = "SELECT phone FROM customers WHERE id = $1"
RIGHT = "+1 415 555 7788"


async def test_a_feed_does_not_undo_a_correction(office: Office) -> None:
    """A corrected number that a feed overwrites stands again after the daily look (COR-04)."""
    wish = {"field": "phone", "claimed": RIGHT}
    case = await office.verified(request_types=["correct"], corrections=[wish])
    await case.act("approve")
    state = await case.closed()
    assert state.outcome is Decision.GRANT
    assert await case.letter(NoticeKind.CORRECTION_RESULT)
    assert await office.shop.value(PHONE, case.customer.id) == RIGHT
    await office.shop.execute(
        f"UPDATE customers SET phone = '+1 000 000 0000' WHERE id = {case.customer.id}"
    )
    await office.client.execute_workflow(
        upkeep.KEEPING_CORRECTED,
        id=f"keeping-{uuid.uuid4()}",
        task_queue=office.settings.task_queue,
    )
    assert await office.shop.value(PHONE, case.customer.id) == RIGHT
