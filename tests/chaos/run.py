"""One run: a stack behind proxies, requests, faults; then all is mended and looked at."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.ids import direction_stream
from domain.state import RequestState
from tests.chaos import business
from tests.chaos.audit import Audit, Before, Findings
from tests.chaos.cast import PAUSE_S, Cast, Played, insist
from tests.chaos.doors import Doors
from tests.chaos.faults import Faults
from tests.chaos.provider import Engineer
from tests.chaos.proxy import Proxy
from tests.chaos.siege import besieged, url_of
from tests.chaos.standstill import standstill
from tests.chaos.stories import Plan, Way, plans
from tests.chaos.tending import Tending
from tests.e2e.helpers import Helpers, helping
from tests.e2e.office import Office
from workers.stack.errors import StackError

AT_ONCE = 24
ROUND_EVERY_S = 4.0
PATIENCE_S = 60.0
SPREAD = 0.8
"""How far into the requests the faults go: some requests come when all is mended."""

NAMED = 4
"""How many of those still waited for a line of progress names."""


@dataclass(frozen=True)
class Size:
    """How much there is of everything, and how long the faults and what follows may take."""

    requests: int
    faults: int
    harm_s: float
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


class Run:
    """Plays requests while faults happen, and waits for what must come of them."""

    def __init__(
        self,
        office: Office,
        helpers: Helpers,
        proxies: dict[str, Proxy],
        size: Size,
        seed: int,
        tell: Tell,
    ) -> None:
        self._office = office
        self._helpers = helpers
        self._size = size
        self._tell = tell
        self._chance = random.Random(seed)
        self._cast = Cast(office, Doors(office, helpers, proxies["mail_in"].port))
        self._played: list[Played] = []
        self._ended: set[str] = set()
        self._busy = asyncio.Semaphore(AT_ONCE)
        stack = office.stack
        self._engineer = Engineer(
            office.settings.public_url,
            url_of(proxies["sample_webhook"]),
            stack.configuration.secrets.text("sample_webhook_secret"),
            stack.folder.log("sample_webhook"),
            self._chance,
        )
        self._tending = Tending(office, self._engineer)
        self._faults = Faults(
            stack, proxies, self._engineer.repeat, office.switch_mail_faults_off, self._chance
        )

    async def play(self) -> Result:
        """Play to the end, then look; every run has a verdict."""
        began = time.monotonic()
        wanted = await plans(self._office, self._size.requests, self._chance)
        before = await self._prepare(wanted)
        people = asyncio.gather(*(self._one(plan) for plan in wanted))
        tending = asyncio.create_task(self._tend())
        broken = await self._harm()
        unfinished = broken or await self._settle(people)
        tending.cancel()
        people.cancel()
        await asyncio.gather(tending, people, return_exceptions=True)
        self._tell(f"looking at every request, after {time.monotonic() - began:.0f} s")
        await self._tell_agents()
        audit = Audit(self._office, self._helpers, before, self._engineer.taken())
        findings = await audit.all(self._played)
        await self._engineer.aclose()
        unfiled = _unfiled(wanted, self._played)
        took = time.monotonic() - began
        return Result(findings, dict(self._faults.done), (*unfinished, *unfiled), took)

    async def _tell_agents(self) -> None:
        """Let agents' software be called once more, as a schedule has it some minutes later."""
        if any(each.plan.story.way is Way.AGENT for each in self._played):
            await asyncio.wait_for(insist(self._helpers.told), PATIENCE_S)

    async def _prepare(self, wanted: Sequence[Plan]) -> Before:
        out_before = [p.customer for p in wanted if business.not_opted_out in p.story.must]
        await business.opt_out_beforehand(self._office, out_before)
        rows = {p.customer.id: await self._office.shop.rows(p.customer) for p in wanted}
        return Before(rows, await business.totals(self._office))

    async def _one(self, plan: Plan) -> None:
        async with self._busy:
            played = await self._cast.file(plan)
            self._played.append(played)
            await self._cast.play(played)

    async def _harm(self) -> tuple[str, ...]:
        """Let one fault follow the other; in the midst of it lose Temporal."""
        limit = time.monotonic() + self._size.harm_s
        for n in range(self._size.faults):
            if time.monotonic() > limit:
                self._tell(f"no more faults after {self._size.harm_s:.0f} s")
                break
            await self._until_filed(SPREAD * self._size.requests * n / self._size.faults, limit)
            try:
                await self._fault(n)
            except StackError as fault:
                return (f"the stack: {fault}",)
        await asyncio.wait_for(insist(self._faults.mend), PATIENCE_S)
        return ()

    async def _until_filed(self, share: float, limit: float) -> None:
        """Wait for requests that the next fault can hit."""
        while len(self._played) < share and time.monotonic() < limit:
            await asyncio.sleep(PAUSE_S)

    async def _fault(self, n: int) -> None:
        loses = self._size.loses_temporal and n == self._size.faults // 2
        name = await (self._faults.lose_temporal() if loses else self._faults.one())
        filed, ended = len(self._played), len(self._ended)
        self._tell(f"fault {n + 1} of {self._size.faults}: {name}; {filed} filed, {ended} ended")
        await asyncio.sleep(self._chance.uniform(0, 1))

    async def _tend(self) -> None:
        while True:
            try:
                await self._tending.round(await self._waiting())
            except Exception as fault:
                self._tell(f"a round of tending was cut short: {type(fault).__name__}")
            await asyncio.sleep(ROUND_EVERY_S)

    async def _settle(self, people: "asyncio.Future[list[None]]") -> tuple[str, ...]:
        """Wait for people and requests, hurrying what would be tried in some minutes only."""
        limit = time.monotonic() + self._size.settle_s
        while True:
            waiting = await insist(self._waiting)
            named = [_still(played, state) for played, state in waiting]
            if not named and people.done():
                return ()
            if time.monotonic() > limit:
                held_up = [await self._held_up(state) for _, state in waiting]
                told = (f"{what}; {why}" for what, why in zip(named, held_up, strict=True))
                return tuple(told) or ("somebody has still something to do",)
            self._tell(f"waiting for {len(named)}: {'; '.join(named[:NAMED])}")
            await self._tending.hurry(waiting)
            await asyncio.sleep(ROUND_EVERY_S)

    async def _held_up(self, state: RequestState) -> str:
        """Say where the workflows of a request stand that did not get to its end."""
        streams = [direction_stream(state.request_id, key) for key in state.open_directions]
        looked = (standstill(self._office.client, each) for each in (state.request_id, *streams))
        return "; ".join(await asyncio.gather(*looked))

    async def _waiting(self) -> list[tuple[Played, RequestState]]:
        """Return the requests that are not where their stories end."""
        found = []
        for played in [each for each in self._played if each.case.request_id not in self._ended]:
            state = await played.case.ledger_state()
            if _has_ended(played, state):
                self._ended.add(played.case.request_id)
            else:
                found.append((played, state))
        return found


async def run(folder: Path, size: Size, seed: int, tell: Tell) -> Result:
    """Run once on a stack of its own."""
    async with besieged(folder) as (office, proxies), helping(office) as helpers:
        return await Run(office, helpers, proxies, size, seed, tell).play()


def lines(result: Result, seed: int) -> list[str]:
    """Return the report."""
    told = [f"seed {seed}; {result.seconds:.0f} s; faults:"]
    told += [f"  {times:>6}  {what}" for what, times in sorted(result.faults.items())]
    told += ["requests and what became of them:"]
    told += [f"  {n:>6}  {what}" for what, n in sorted(result.findings.counts.items())]
    told += [f"NOT FINISHED: {each}" for each in result.unfinished]
    told += [f"DIFFERS: {each}" for each in result.findings.differences]
    told += ["as the model predicts" if result.sound else f"repeat with --seed {seed}"]
    return told


def _has_ended(played: Played, state: RequestState) -> bool:
    """Tell whether a request is where its story ends, with every letter out."""
    story = played.plan.story
    if story.closes:
        return state.closed
    reached = state.answered if story.outcome else bool(state.letters)
    return reached and not state.waiting_letters and not state.parked


def _still(played: Played, state: RequestState) -> str:
    parked = f", parked at {state.parked.step}" if state.parked else ""
    letters = f", letters {state.waiting_letters} not out" if state.waiting_letters else ""
    return f"{state.request_id} ({played.plan.story.name}) at {state.stage}{parked}{letters}"


def _unfiled(wanted: Sequence[Plan], played: Sequence[Played]) -> Iterator[str]:
    filed = {each.plan.key for each in played}
    for plan in wanted:
        if plan.key not in filed:
            yield f"{plan.key} ({plan.story.name}) was never filed"
