"""One run: a stack, its proxies, requests, faults; then everything is mended and looked at."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.chaos.audit import Audit, Findings, rows_of
from tests.chaos.faults import Faults
from tests.chaos.provider import PROVIDER, Engineer
from tests.chaos.proxy import Proxy
from tests.chaos.stories import Cast, Plan, Played, insist, plans
from tests.e2e.office import QUICK_PROVIDERS, Office
from workers.stack.ports import free_port
from workers.stack.supervisor import EmbeddedStack
from workers.temporal.client import connect

AT_ONCE = 12
SWEEP_AFTER = timedelta(minutes=1)
PATIENCE_S = 40.0
PAUSE_S = 2.0


@dataclass(frozen=True)
class Size:
    """How much there is of everything. ``settle_s`` bounds the time after the last fault."""

    requests: int
    faults: int
    settle_s: float
    loses_temporal: bool = True


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    findings: Findings
    faults: dict[str, int]
    unfinished: tuple[str, ...]
    seconds: float

    @property
    def sound(self) -> bool:
        """Whether everything is as the model predicts."""
        return not self.findings.differences and not self.unfinished


Tell = Callable[[str], None]


@asynccontextmanager
async def besieged(folder: Path) -> AsyncIterator[tuple[Office, dict[str, Proxy]]]:
    """Run a stack whose worker and gateway reach Temporal and mail through proxies."""
    ports = {name: free_port() for name in ("temporal", "smtp", "sample_webhook")}
    proxies = {name: Proxy(free_port(), port) for name, port in ports.items()}
    webhook = proxies["sample_webhook"].port
    variables = QUICK_PROVIDERS | {
        "PRIVACY_TEMPORAL_ADDRESS": f"127.0.0.1:{proxies['temporal'].port}",
        "PRIVACY_SMTP_PORT": str(proxies["smtp"].port),
        "SAMPLE_WEBHOOK_URL": f"http://127.0.0.1:{webhook}/directions",
    }
    async with proxies["temporal"], proxies["smtp"], proxies["sample_webhook"]:
        stack = EmbeddedStack(folder, ports=ports, durable=False, variables=variables)
        async with stack as running:
            settings = running.settings()
            direct = settings.model_copy(update={"temporal_address": running.temporal.address})
            office = Office(running, direct, await connect(direct))
            try:
                yield office, proxies
            finally:
                await office.aclose()


class Run:
    """Plays requests while faults happen, and waits for what must come of them."""

    def __init__(
        self, office: Office, proxies: dict[str, Proxy], size: Size, seed: int, tell: Tell
    ) -> None:
        self._office = office
        self._size = size
        self._tell = tell
        self._chance = random.Random(seed)
        self._cast = Cast(office)
        self._played: list[Played] = []
        self._open = asyncio.Semaphore(AT_ONCE)
        stack = office.stack
        self._engineer = Engineer(
            stack.addresses.gateway,
            stack.configuration.secrets.text("sample_webhook_secret"),
            self._chance,
        )
        self._faults = Faults(
            stack, proxies, self._engineer.repeat, office.switch_mail_faults_off, self._chance
        )

    async def play(self) -> Result:
        """Play to the end, then look."""
        began = time.monotonic()
        wanted = await plans(self._office, self._size.requests, self._chance)
        before = {p.customer.id: await rows_of(self._office, p.customer) for p in wanted}
        requests = asyncio.gather(*(self._one(plan) for plan in wanted))
        await self._harm()
        await insist(self._faults.mend)
        unfinished = await self._settle(requests)
        await self._engineer.aclose()
        self._tell("looking at every request")
        findings = await Audit(self._office, before).all(self._played)
        return Result(findings, dict(self._faults.done), unfinished, time.monotonic() - began)

    async def _one(self, plan: Plan) -> None:
        async with self._open:
            played = await self._cast.file(plan)
            self._played.append(played)
            await self._cast.play(played)

    async def _harm(self) -> None:
        """Let one fault follow the other; in the midst of it lose Temporal."""
        for n in range(self._size.faults):
            loses = self._size.loses_temporal and n == self._size.faults // 2
            name = await (self._faults.lose_temporal() if loses else self._faults.one())
            self._tell(f"fault {n + 1} of {self._size.faults}: {name}; {len(self._played)} filed")
            await asyncio.sleep(self._chance.uniform(0, 1))

    async def _settle(self, requests: "asyncio.Future[list[None]]") -> tuple[str, ...]:
        """Wait for people and requests; nudge what would otherwise wait for the next minute."""
        limit = time.monotonic() + self._size.settle_s
        while waiting := await self._unfinished(requests):
            if time.monotonic() > limit:
                requests.cancel()
                break
            self._tell(f"waiting for {len(waiting)}")
            await insist(self._sweep)
            for played in self._played:
                await self._answer_for(played)
            await asyncio.sleep(PAUSE_S)
        return waiting

    async def _sweep(self) -> None:
        await asyncio.wait_for(self._office.sweep(later_by=SWEEP_AFTER), PATIENCE_S)

    async def _unfinished(self, requests: "asyncio.Future[list[None]]") -> tuple[str, ...]:
        waiting = [
            f"{each.case.request_id} ({each.plan.story.name})"
            for each in self._played
            if each.plan.story.closes and not (await each.case.ledger_state()).closed
        ]
        if not requests.done():
            waiting.append("somebody has still something to do")
        return tuple(waiting)

    async def _answer_for(self, played: Played) -> None:
        """Say what the provider's killed program forgot."""
        state = await played.case.ledger_state()
        view = (state.providers or {}).get(PROVIDER)
        if view is not None and not view.final:
            stream = f"{played.case.request_id}.{PROVIDER}"
            await insist(lambda: self._engineer.answer(stream, "done"))


async def run(folder: Path, size: Size, seed: int, tell: Tell) -> Result:
    """Run once on a stack of its own."""
    async with besieged(folder) as (office, proxies):
        return await Run(office, proxies, size, seed, tell).play()


def lines(result: Result, seed: int) -> list[str]:
    """Return the report."""
    told = [f"seed {seed}; {result.seconds:.0f} s"]
    told += [f"  {times:>6}  {what}" for what, times in sorted(result.faults.items())]
    told += ["requests and what became of them:"]
    told += [f"  {n:>6}  {what}" for what, n in sorted(result.findings.counts.items())]
    told += [f"NOT FINISHED: {each}" for each in result.unfinished]
    told += [f"DIFFERS: {each}" for each in result.findings.differences]
    told += ["as the model predicts" if result.sound else f"repeat with --seed {seed}"]
    return told
