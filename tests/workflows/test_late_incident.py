"""A misdelivery of a request that is closed: counsel gets the task, and nothing of it leaves."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.ids import outside_stream
from domain.notice_words import Situation
from records import freezing, holds
from tests.workflows.rig import ANA, STAFF, Rig
from tests.workflows.test_late_links import asks, closed, hand_over_later
from workers.incident import Incident, report

BY = "s.kim"


async def reported(rig: Rig, request_id: str) -> Incident:
    """Report it as `privacy incident` does."""
    async with rig.pool.acquire() as conn:
        return await report(
            conn,
            rig.vault,
            request_id,
            staff_id=BY,
            mail_domain="example.com",
            now=datetime.now(UTC) - timedelta(minutes=1),
        )


async def letters(rig: Rig, request_id: str) -> list[Any]:
    """Return the facts of what the outside stream's outbox holds, in order."""
    async with rig.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT audience, status, facts->>'situation' AS situation FROM privacy.outbox"
            " WHERE stream = $1 ORDER BY n",
            outside_stream(request_id),
        )
    return [tuple(row) for row in rows]


async def test_counsel_gets_the_task_and_no_new_link_leaves_until_release(rig: Rig) -> None:
    """Reported twice it is mailed once; a link that is asked for is held, and sent then."""
    request_id = await closed(rig)
    first = await reported(rig, request_id)
    await reported(rig, request_id)
    await asks(rig, request_id)
    await rig.sweep()
    (task,) = await rig.mail.wait_for(STAFF)
    assert "closed request reached the wrong person" in task["text"]
    assert await letters(rig, request_id) == [
        ("staff", "accepted", Situation.MISDELIVERY_AFTER_CLOSE),
        ("consumer", "waiting", None),
    ]
    assert rig.mail.messages(ANA) == []

    async with rig.pool.acquire() as conn:
        await holds.release(conn, first.hold_id, released_by=BY, now=datetime.now(UTC))
        await freezing.end_after_close(conn, first.hold_id)
    assert await hand_over_later(rig) == []
    assert await rig.mail.wait_for(ANA)
