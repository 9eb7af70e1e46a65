"""The measurements, one for each part; each returns lines to print."""

import asyncio
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

import asyncpg
from temporalio.client import Client, WorkflowUpdateFailedError

from tests.bench.counting import Counts, count
from tests.bench.yardsticks import QUEUE, Shape, Yardstick
from tests.e2e.case import Case
from tests.e2e.office import Office, submission

POLL_S = 0.05
PARTNERS = ("acme-analytics", "postbird")
PROVIDERS = len(PARTNERS)
NAIVE = Shape(activities=8, updates=4, signals=PROVIDERS, timers=1)
"""The deletion that one would write by hand: about a hundred events."""

MOST_ACTIONS, MOST_EVENTS, MOST_BYTES = 40, 150, 4096
"""The aims for one request with its two providers."""


_STANDING = """
    SELECT r.request_id, r.closed_at IS NOT NULL AS closed,
           EXISTS (SELECT FROM privacy.outbox o
                   WHERE o.stream = r.request_id AND o.status = 'accepted') AS written_to,
           r.needs_action = 'decide' AND EXISTS (SELECT FROM privacy.ledger l
                   WHERE l.stream = r.request_id
                   AND l.document->>'type' = 'HoldingsSurveyed') AS counted
    FROM privacy.request r WHERE r.request_id = ANY($1)
"""


class Board:
    """Looks at all requests at once, in our own database, so that waiting costs next to nothing."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._awaited: dict[str, tuple[str, asyncio.Event]] = {}

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            if self._awaited:
                awaited = dict(self._awaited)
                for row in await self._connection.fetch(_STANDING, list(awaited)):
                    standing, reached = awaited[row["request_id"]]
                    if row[standing]:
                        reached.set()
            await asyncio.sleep(POLL_S)

    async def until(
        self, request_id: str, standing: Literal["written_to", "counted", "closed"]
    ) -> None:
        """Wait until the consumer was written to, staff can decide, or all is over."""
        reached = asyncio.Event()
        self._awaited[request_id] = standing, reached
        try:
            await reached.wait()
        finally:
            del self._awaited[request_id]


@asynccontextmanager
async def board(office: Office) -> AsyncIterator[Board]:
    """Watch the requests for a while."""
    connection = await asyncpg.connect(office.settings.secret("dsn"))
    watching = Board(connection)
    task = asyncio.create_task(watching.watch())
    try:
        yield watching
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()


async def complete(office: Office, watching: Board) -> tuple[Case, float]:
    """Play a deletion to its close; return it and how long its approval took to be answered."""
    case = await office.file()
    await watching.until(case.request_id, "written_to")
    await _confirm(office, case)
    await watching.until(case.request_id, "counted")
    answered = await _approve(case)
    await watching.until(case.request_id, "closed")
    return case, answered


async def _approve(case: Case) -> float:
    """Approve once what is held was counted; return how long the answer took."""
    while True:
        began = time.perf_counter()
        try:
            await case.approve()
        except WorkflowUpdateFailedError:
            await asyncio.sleep(POLL_S)
        else:
            return time.perf_counter() - began


async def _confirm(office: Office, case: Case) -> None:
    mails = await office.people.mails(case.customer.email)
    mail = await office.people.mail(mails[0]["message_id"])
    await office.people.press(office.people.links(mail)[0])


async def counts_of(office: Office, request_id: str) -> Counts:
    """Count a closed request with its providers' workflows."""
    ids = (request_id, *(f"{request_id}.{each}" for each in PARTNERS))
    await asyncio.gather(*(office.people.handle(each).result() for each in ids))
    histories = [await office.people.handle(each).fetch_history() for each in ids]
    return count(histories)


async def actions(office: Office) -> tuple[list[str], Counts]:
    """Count one deletion with two providers; exact, whatever the machine."""
    async with board(office) as watching:
        case, _ = await complete(office, watching)
    counts = await counts_of(office, case.request_id)
    told = [
        against("history events, request and two providers", counts.events, MOST_EVENTS),
        against("billable actions", counts.billable, MOST_ACTIONS),
        against("largest payload, bytes", counts.largest_payload, MOST_BYTES),
        *(f"    {n:>4} {what}" for what, n in counts.actions.most_common()),
        "    seconds from scheduling to end, by step:",
        *(
            f"    {seconds:>7.3f} {step}"
            for step, seconds in sorted(
                counts.seconds_by_step.items(), key=lambda each: each[1], reverse=True
            )[:6]
        ),
    ]
    return told, counts


async def throughput(office: Office, yardstick: Client, counts: Counts, rounds: int) -> list[str]:
    """Complete deletions a second, beside both yardsticks, in turn on the same server."""
    bare = _shape_of(counts)
    ours, equal, naive, updates, bare_updates = [], [], [], list[float](), list[float]()
    async with board(office) as watching:

        async def one() -> None:
            updates.append((await complete(office, watching))[1])

        async def bare_one() -> None:
            bare_updates.extend(await _play(yardstick, bare))

        async def naive_one() -> None:
            await _play(yardstick, NAIVE)

        for _ in range(rounds):
            ours.append(await _rate(one))
            equal.append(await _rate(bare_one))
            naive.append(await _rate(naive_one))
    per_second = statistics.median(ours)
    return [
        f"ours: {per_second:.2f} complete deletions a second",
        f"bare, same traffic ({bare.activities} activities): {statistics.median(equal):.2f}",
        f"naive, 8 activities, 4 updates, 2 signals, 1 timer: {statistics.median(naive):.2f}",
        _at_least("ours / bare", per_second / statistics.median(equal), 0.8),
        _at_least("ours / naive", per_second / statistics.median(naive), 0.7),
        at_most(
            "staff update / the yardstick's",
            statistics.median(updates) / statistics.median(bare_updates),
            1.3,
        ),
        f"    {_ms(updates)}, {_ms(bare_updates)}",
    ]


async def _rate(act: Callable[[], Awaitable[None]], at_once: int = 8, times: int = 48) -> float:
    """Return how often a second it is done when so many do it at the same time."""
    gate = asyncio.Semaphore(at_once)

    async def gated() -> None:
        async with gate:
            await act()

    began = time.perf_counter()
    await asyncio.gather(*(gated() for _ in range(times)))
    return times / (time.perf_counter() - began)


def _shape_of(counts: Counts) -> Shape:
    """Return a bare workflow's shape with our activities, updates, signals and timers."""
    found = counts.actions
    return Shape(
        activities=found["activities"],
        updates=found["updates"],
        signals=found["signals"],
        timers=found["timers"],
    )


async def _play(client: Client, shape: Shape) -> list[float]:
    """Play one yardstick; return how long each of its updates took."""
    handle = await client.start_workflow(
        Yardstick.run, shape, id=f"yardstick-{uuid.uuid4()}", task_queue=QUEUE
    )
    for _ in range(shape.signals):
        await handle.signal(Yardstick.signal, "x")
    took = []
    for _ in range(shape.updates):
        began = time.perf_counter()
        await handle.execute_update(Yardstick.update, "x")
        took.append(time.perf_counter() - began)
    await handle.result()
    return took


async def intake(office: Office, yardstick: Client, times: int = 60) -> list[str]:
    """Filing a request and a raw start with one insert, in turn, each under the other's load."""
    customers = [await office.shop.customer() for _ in range(times)]
    connection = await asyncpg.connect(office.settings.secret("dsn"))
    await connection.execute("CREATE TABLE IF NOT EXISTS public.bench (body text)")
    ours, raw = [], []
    for customer in customers:
        began = time.perf_counter()
        await office.people.file(submission(customer))
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        await connection.execute("INSERT INTO public.bench VALUES ('x')")
        await yardstick.start_workflow(
            Yardstick.run, Shape(activities=1), id=f"raw-{uuid.uuid4()}", task_queue=QUEUE
        )
        raw.append(time.perf_counter() - began)
    await connection.close()
    mine, bare = statistics.median(ours), statistics.median(raw)
    return [
        at_most("POST /v1/requests / raw start and insert", mine / bare, 2.0),
        f"    {_ms(ours)}, {_ms(raw)}",
    ]


def against(what: str, value: int, most: int) -> str:
    """Hold a count against its aim."""
    word = "met" if value <= most else f"missed by {value - most}"
    return f"{what}: {value} (at most {most}: {word})"


def at_most(what: str, value: float, most: float) -> str:
    """Hold a ratio or an amount against its aim."""
    word = "met" if value <= most else f"missed by {value - most:.2f}"
    return f"{what}: {value:.2f} (at most {most}: {word})"


def _at_least(what: str, value: float, least: float) -> str:
    word = "met" if value >= least else f"missed by {least - value:.2f}"
    return f"{what}: {value:.2f} (at least {least}: {word})"


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms"
