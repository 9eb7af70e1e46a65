"""One request with a crowd of providers, each of which behaves as chance has it.

    python -m tests.e2e.crowd 1000

prints what it costs the request's workflow.
"""

import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from domain.state import RequestState
from tests.e2e.case import Case
from tests.e2e.office import Office
from tests.e2e.vendors import FINAL, SECRET, Vendors, registry
from tests.folders import reachable_folder
from tests.providers.support import serving
from workers.stack.supervisor import EmbeddedStack

PATIENCE_S = 900.0


@dataclass(frozen=True)
class Figures:
    """What a crowd of providers came to, and what it cost."""

    providers: int
    ends: Counter[str]
    said: dict[str, str]
    heard: dict[str, str]
    sent: Counter[int]
    events: int
    kilobytes: int
    signals: int
    largest_payload: int
    seconds: float


async def play(office: Office, vendors: Vendors) -> Figures:
    """Carry a deletion from its approval to its close, whatever the providers do."""
    case = await office.file()
    await case.confirm()
    await case.until("a decision is awaited", lambda state: state.holdings, PATIENCE_S)
    began = time.monotonic()
    await case.approve()
    await case.until("all are directed", lambda state: state.providers, PATIENCE_S)
    await _all_answer(case, vendors)
    state = await case.until("the close", lambda state: state.closed, PATIENCE_S)
    return await _figures(office, case, vendors, state, time.monotonic() - began)


async def _all_answer(case: Case, vendors: Vendors) -> None:
    """Let those who only said "received" finish in the end."""
    state = await case.state()
    limit = time.monotonic() + PATIENCE_S
    while len(vendors.taken) < len(state.providers or {}) or vendors.busy:
        assert time.monotonic() < limit, "not every provider got its direction"
        await asyncio.sleep(0.5)
    for provider, directions in vendors.taken.items():
        if vendors.said[provider] not in FINAL:
            vendors.said[provider] = "done"
            await vendors.answer(directions[0], FINAL["done"])


async def _figures(
    office: Office, case: Case, vendors: Vendors, state: RequestState, seconds: float
) -> Figures:
    handle = office.people.handle(case.request_id)
    described = await handle.describe()
    history = await handle.fetch_history()
    views = state.providers or {}
    return Figures(
        providers=len(views),
        ends=Counter(str(view.standing) for view in views.values()),
        said=vendors.said,
        heard={name: str(view.standing) for name, view in views.items()},
        sent=Counter(len(directions) for directions in vendors.taken.values()),
        events=described.history_length,
        kilobytes=described.raw_description.workflow_execution_info.history_size_bytes // 1024,
        signals=[
            event.HasField("workflow_execution_signaled_event_attributes")
            for event in history.events
        ].count(True),
        largest_payload=max(event.ByteSize() for event in history.events),
        seconds=seconds,
    )


async def measured(count: int) -> Figures:
    """Set up an installation of a business with so many providers, and play."""
    vendors = Vendors()
    names = {f"random-{n:04}": "email" for n in range(count)}
    with reachable_folder() as folder:
        async with serving(vendors.app()) as url:
            written = Path(folder) / "providers.yaml"
            written.write_text(registry(url, names))
            variables = {"PRIVACY_PROVIDERS": str(written), "VENDORS_SECRET": SECRET}
            async with EmbeddedStack(
                folder / "stack", ports={}, durable=False, variables=variables
            ) as stack:
                office = await Office.of(stack)
                figures = await play(office, vendors)
                await office.aclose()
    await vendors.aclose()
    return figures


if __name__ == "__main__":
    result = asyncio.run(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
    for name in ("providers", "ends", "sent", "events", "kilobytes", "signals", "largest_payload"):
        sys.stdout.write(f"{name:<16}{getattr(result, name)}\n")
    sys.stdout.write(f"{'seconds':<16}{result.seconds:.0f}\n")
