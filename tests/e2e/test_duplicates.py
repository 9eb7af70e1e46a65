"""A consumer who asks twice, on the running stack (REQ-17)."""

import pytest

from domain.vocabulary import Decision, NoticeKind
from tests.e2e.office import Office

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_who_asks_twice_gets_one_answer_by_the_earlier_date(office: Office) -> None:
    """Merged only once both are verified; the first goes on, the second's letter names it."""
    first = await office.file()
    second = await office.file(first.customer)
    await second.verified()
    assert "is not verified" in await second.refused(
        "mark_duplicate", duplicate_of=first.request_id
    )
    await first.verified()
    stranger = await office.verified()
    assert "another person" in await second.refused(
        "mark_duplicate", duplicate_of=stranger.request_id
    )
    assert "Send mark_duplicate there" in await first.refused(
        "mark_duplicate", duplicate_of=second.request_id
    )

    await second.act("mark_duplicate", duplicate_of=first.request_id)
    closed = await second.closed()
    text = (await second.letter(NoticeKind.MERGED))["text"]
    assert closed.outcome is Decision.DUPLICATE
    assert first.request_id in text
    assert await second.ledger_state() == closed
    await office.replay(second.request_id)

    await first.approve()
    assert (await first.closed()).outcome is Decision.GRANT_PARTIAL
