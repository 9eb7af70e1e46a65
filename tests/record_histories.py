"""``python -m tests.record_histories``: play whole requests and write their histories down.

Recorded are workflows of the code as it stands; the replay gate then holds later code to them.
A history of a released version is never recorded anew: a change that breaks it needs a patch.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from domain.citation import EXAMPLE
from domain.vocabulary import NoticeKind
from tests import recorded
from tests.e2e.case import Case
from tests.e2e.hostile import hostile
from tests.e2e.office import QUICK_PROVIDERS, Office
from tests.folders import reachable_folder
from workers.processes import leave
from workers.stack.secret_files import SecretFiles
from workers.stack.supervisor import EmbeddedStack

PROVIDERS = ("acme-analytics", "postbird")
GOOD = {"decided_by": "s.lee", "confirm_grounds": ["EX8"]}

Story = Callable[[Office], Awaitable[None]]


async def _save(case: Case, name: str, workflow_id: str | None = None) -> None:
    handle = case.people.handle(workflow_id or case.request_id)
    recorded.save(name, await handle.fetch_history())


async def closed(office: Office) -> None:
    """Verified, extended, approved, erased, acknowledged, closed; with both directions."""
    case = await office.verified()
    await case.to_day(39)
    await case.act("extend_deadline", reason="complex_systems")
    await case.letter(NoticeKind.EXTENSION)
    await case.approve()
    await case.closed()
    await _save(case, "closed")
    for provider in PROVIDERS:
        await _save(case, f"direction-{provider}", f"{case.request_id}.{provider}")


async def unverified(office: Office) -> None:
    """Nobody presses the link: the window ends, and an opt-out takes the deletion's place."""
    case = await office.file()
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    await case.to_day(46)
    await case.closed()
    await _save(case, "unverified")


async def breached(office: Office) -> None:
    """Verified, not decided until after day 90."""
    case = await office.verified()
    await case.to_day(92)
    await case.until("both breaches", lambda s: len(s.breached) == 2)
    await case.approve()
    await case.closed()
    await _save(case, "breached")


async def denied(office: Office) -> None:
    """Points added on the page, then denied by staff."""
    customer = await office.shop.customer()
    kinds = list(customer.points.items())
    case = await office.file(customer, dict(kinds[:1]))
    await case.confirm()
    await case.press(NoticeKind.MORE_INFORMATION, fields=dict(kinds[1:]))
    await case.until("a decision is awaited", lambda s: s.holdings)
    await case.act("deny", reason="conflict_with_law", law=EXAMPLE)
    await case.closed()
    await _save(case, "denied")


async def resumed(office: Office) -> None:
    """Terminated while a decision is awaited, resumed from the ledger, closed."""
    case = await office.verified()
    await case.people.handle(case.request_id).terminate("for a recorded history")
    await office.sweep()
    await case.until("the request goes on", lambda s: s.received)
    await case.approve()
    await case.closed()
    await _save(case, "resumed")


async def pestered(office: Office) -> None:
    """Every hostile signal, an unknown one and a cancel on the way to the close."""
    case = await office.verified()
    for payloads in hostile(GOOD).values():
        await case.signal("approve", *payloads)
    await case.signal("aprove", GOOD)
    await case.people.handle(case.request_id).cancel()
    await case.approve()
    await case.closed()
    await _save(case, "pestered")


async def silent(office: Office) -> None:
    """One provider answers nothing: reminded, escalated, given up; the request is closed."""
    async with office.provider("sample_mailbox", "silent"):
        case = await office.verified()
        await case.approve()
        state = await case.until("the directions", lambda s: s.providers)
        assert state.wait_for_providers_until is not None
        await case.forward_to(state.wait_for_providers_until + timedelta(minutes=5))
        await case.answered()
        stream = f"{case.request_id}.postbird"
        await case.people.time.forward(stream, timedelta(days=60))
        await case.closed()
    await _save(case, "silent")
    await _save(case, "direction-silent", stream)


STORIES: tuple[Story, ...] = (closed, unverified, breached, denied, resumed, pestered, silent)


async def record(folder: Path) -> None:
    """Play every story on a stack of its own."""
    SecretFiles(folder / "secrets").write("codec_keys", recorded.CODEC_KEYS)
    stack = EmbeddedStack(folder, ports={}, durable=False, variables=QUICK_PROVIDERS)
    async with stack as running:
        office = await Office.of(running)
        try:
            for story in STORIES:
                await story(office)
                sys.stdout.write(f"{story.__name__}: recorded\n")
        finally:
            await office.aclose()


if __name__ == "__main__":
    with reachable_folder() as own_folder:
        asyncio.run(record(own_folder / "stack"))
    leave(0)
