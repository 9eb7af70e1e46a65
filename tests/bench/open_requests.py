"""What one deletion costs, and what the worker holds, while more and more requests are open.

The stack stays in ``var/bench``; what was stopped, or whose time was over, goes on from there.
"""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from temporalio.client import WorkflowUpdateFailedError

from records.outbox import message_id
from tests.bench.parts import at_most
from tests.e2e.case import Case
from tests.e2e.office import QUICK_PROVIDERS, Office
from tests.e2e.shop import Shop
from tests.processes import family
from workers.rehearsal.people import NotSeen
from workers.stack.folder import VAR
from workers.stack.supervisor import EmbeddedStack

FOLDER = VAR / "bench"
FIGURES = FOLDER / "open.json"
AT_ONCE = 16
AT_A_TIME = 200
"""Requests that are filed before progress is told and the time is looked at."""

DELETIONS = 8
POLL_S = 0.1
COUNTED = ("worker", "gateway", "postgres", "temporal")
"""Parts whose CPU time is counted; the mail server is the test's own."""

MOST_MIB = 1024
MOST_GROWTH = 1.25

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Cost:
    """What one deletion cost while so many requests were open, and how many came in a second."""

    open: int
    seconds: float
    cpu_seconds: float
    worker_mib: float
    filed_per_second: float

    def __str__(self) -> str:
        return (
            f"{self.open} open: one deletion {self.seconds:.2f} s, {self.cpu_seconds:.2f} s of CPU;"
            f" worker {self.worker_mib:.0f} MiB; {self.filed_per_second:.1f} filed a second"
        )


async def measure(steps: Sequence[int], minutes: float, tell: Tell) -> list[str]:
    """File up to each step and measure there; return the report.

    When the time is over it is measured once more, at what was reached.
    """
    limit = time.monotonic() + minutes * 60
    async with _stack(FOLDER) as office:
        filing = Filing(office, limit, tell)
        costs = _measured_before()
        for wanted in steps:
            if filing.is_over or any(cost.open == wanted for cost in costs):
                continue
            rate = await filing.up_to(wanted)
            costs.append(await _cost(office, await filing.open(), rate))
            FIGURES.write_text(json.dumps([asdict(cost) for cost in costs]))
            tell(str(costs[-1]))
    return [*_report(costs), *_cut_short(costs, steps[-1])]


class Filing:
    """Files requests that nobody confirms, so that they stay open."""

    def __init__(self, office: Office, limit: float, tell: Tell) -> None:
        self._office = office
        self._limit = limit
        self._tell = tell

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._limit

    async def open(self) -> int:
        """Count the requests that are open."""
        return await _value(
            self._office, "SELECT count(*) FROM privacy.request WHERE closed_at IS NULL"
        )

    async def up_to(self, wanted: int) -> float:
        """File until so many are open and have their letter; return how many a second."""
        began, first = time.monotonic(), await self.open()
        filed = first
        while filed < wanted and not self.is_over:
            some = range(filed, min(filed + AT_A_TIME, wanted))
            await self._file(some)
            await self._letters_are_out()
            filed = some.stop
            self._tell(f"{filed} open after {time.monotonic() - began:.0f} s")
        return (filed - first) / (time.monotonic() - began)

    async def _file(self, numbers: range) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(n: int) -> None:
            async with gate:
                while not await self._is_filed(n):
                    await asyncio.sleep(1)

        await asyncio.gather(*(one(n) for n in numbers))

    async def _is_filed(self, n: int) -> bool:
        """File one, unless the gateway has had enough from one client for the minute."""
        try:
            await self._office.people.file(_submission(n), key=f"open-{n}")
        except NotSeen:
            return False
        return True

    async def _letters_are_out(self) -> None:
        """Wait until what was filed rests: it has its letter and waits for its consumer."""
        owed = (
            "SELECT count(*) FROM privacy.request r WHERE closed_at IS NULL AND NOT EXISTS"
            " (SELECT FROM privacy.outbox o WHERE o.request_id = r.request_id"
            " AND o.status = 'accepted')"
        )
        while await _value(self._office, owed):
            await asyncio.sleep(1)


async def _cost(office: Office, wanted: int, rate: float) -> Cost:
    took, used = [], []
    for _ in range(DELETIONS):
        before = _cpu(office)
        took.append(await _deletion(office))
        used.append(_cpu(office) - before)
    worker = family(office.stack.pid("worker"))
    mib = sum(each.memory_info().rss for each in worker) / 2**20
    return Cost(wanted, statistics.median(took), statistics.median(used), mib, rate)


async def _deletion(office: Office) -> float:
    """Play a deletion to its close; return its seconds without the search for its letter."""
    began = time.perf_counter()
    case = await office.file()
    await _until(case, lambda letters: letters >= 1, "letters")
    searching = time.perf_counter()
    mail = await case.people.mail(message_id(case.request_id, 2, case.mail_domain))
    searched = time.perf_counter() - searching
    await case.people.press(case.people.links(mail)[0])
    await _until(case, lambda waiting: waiting == "decide", "needs_action")
    await _approve(case)
    await _until(case, lambda closed: closed, "closed")
    return time.perf_counter() - began - searched


async def _approve(case: Case) -> None:
    while True:
        try:
            await case.approve()
            return
        except WorkflowUpdateFailedError:
            await asyncio.sleep(POLL_S)


_STANDING = (
    "SELECT needs_action, closed_at IS NOT NULL AS closed, (SELECT count(*) FROM privacy.outbox o"
    " WHERE o.request_id = r.request_id AND o.status = 'accepted') AS letters"
    " FROM privacy.request r WHERE request_id = $1"
)


async def _until(case: Case, holds: Callable[[Any], object], column: str) -> None:
    connection = await asyncpg.connect(case.owner_dsn)
    try:
        while not holds((await connection.fetchrow(_STANDING, case.request_id))[column]):
            await asyncio.sleep(POLL_S)
    finally:
        await connection.close()


def _cpu(office: Office) -> float:
    """Return the seconds of CPU that the counted parts have used so far."""
    return sum(_used(each) for part in COUNTED for each in family(office.stack.pid(part)))


def _used(process: psutil.Process) -> float:
    """Return what a process and those of its children that have ended have used."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system + times.children_user + times.children_system


@asynccontextmanager
async def _stack(folder: Path) -> AsyncIterator[Office]:
    async with EmbeddedStack(folder, ports={}, variables=QUICK_PROVIDERS) as stack:
        office = await Office.of(stack)
        used = await _value(office, "SELECT count(closed_at) FROM privacy.request")
        office.shop = Shop(office.settings.secret("business_dsn"), used=used)
        try:
            yield office
        finally:
            await office.aclose()


async def _value(office: Office, query: str) -> int:
    connection = await asyncpg.connect(office.settings.secret("dsn"))
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


def _submission(n: int) -> dict[str, object]:
    return {
        "request_types": ["delete"],
        "consumer": {"name": f"Open {n}", "email": f"open-{n}@example.com"},
        "residency": "CA",
        "points": {"phone": "+1 415 555 0100"},
    }


def _measured_before() -> list[Cost]:
    if not FIGURES.exists():
        return []
    return [Cost(**cost) for cost in json.loads(FIGURES.read_text())]


def _cut_short(costs: Sequence[Cost], wanted: int) -> list[str]:
    """Say that less was reached than was wanted."""
    if costs and costs[-1].open >= wanted:
        return []
    return [f"the time was over before {wanted} were open; run it again to go on from here"]


def _report(costs: Sequence[Cost]) -> list[str]:
    if not costs:
        return ["nothing was measured"]
    first, last = costs[0], costs[-1]
    return [
        *map(str, costs),
        at_most(f"worker at {last.open} open, MiB", last.worker_mib, MOST_MIB),
        at_most(
            f"one deletion at {last.open} / at {first.open} open, seconds",
            last.seconds / first.seconds,
            MOST_GROWTH,
        ),
        at_most("the same, of CPU", last.cpu_seconds / first.cpu_seconds, MOST_GROWTH),
    ]
