"""Measures: ``python -m tests.bench [PART …]``; without a part all but the longest.

Parts: actions, throughput, intake, datamap, seals, open, crowd. Sizes: ``--open N``, ``--crowd N``;
``--minutes M`` bounds the part open, and its next run goes on from there.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from temporalio.client import Client

from tests.bench import open_requests, parts, seals
from tests.e2e import crowd
from tests.e2e.office import QUICK_PROVIDERS, Office
from tests.folders import reachable_folder
from workers.datamap_figures import measure
from workers.settings import PROJECT
from workers.stack.process import ChildProcess
from workers.stack.supervisor import EmbeddedStack

USUAL = ("actions", "throughput", "intake", "datamap", "seals")
OPEN = (100, 1000, 3000)
"""Numbers of open requests at which one deletion is measured on the way to the wanted one."""

READY_S = 60
ON_THE_STACK = frozenset(USUAL) - {"seals"}


async def main(asked: argparse.Namespace) -> None:
    """Measure the parts asked for and print them."""
    wanted = asked.parts or list(USUAL)
    _say(f"{os.cpu_count()} cores; load before: {os.getloadavg()[0]:.1f}")
    if ON_THE_STACK & set(wanted):
        async with _stack() as (office, yardstick):
            await _on_the_stack(office, yardstick, wanted, asked)
    if "seals" in wanted:
        with reachable_folder() as folder:
            _tell("seals", await seals.measured(folder))
    if "open" in wanted:
        steps = [n for n in OPEN if n < asked.open]
        _tell("open", await open_requests.measure((*steps, asked.open), asked.minutes, _say))
    if "crowd" in wanted:
        _tell("crowd", _crowd_lines(await crowd.measured(asked.crowd)))
    _say(f"load after: {os.getloadavg()[0]:.1f}")


async def _on_the_stack(
    office: Office, yardstick: Client, wanted: list[str], asked: argparse.Namespace
) -> None:
    """Measure what needs one installation, each part in turn."""
    told, counts = await parts.actions(office)
    measures: dict[str, Callable[[], Awaitable[list[str]]]] = {
        "throughput": lambda: parts.throughput(office, yardstick, counts, asked.rounds),
        "intake": lambda: parts.intake(office, yardstick),
        "datamap": lambda: _datamap(office),
    }
    if "actions" in wanted:
        _tell("actions", told)
    for name in wanted:
        if name in measures:
            _tell(name, await measures[name]())


async def _datamap(office: Office) -> list[str]:
    dsn = office.stack.postgres.dsn("postgres", "postgres")
    return (await measure(dsn, 500, 5000, 2000)).lines()


def _crowd_lines(figures: crowd.Figures) -> list[str]:
    events = parts.against("history events of the request", figures.events, 4000)
    twice = sum(n for times, n in figures.sent.items() if times > 1)
    return [
        f"{figures.providers} providers in {figures.seconds:.0f} s; {events}",
        f"    directions sent twice: {twice}; ends: {dict(figures.ends)}",
        f"    {figures.signals} signals, {figures.kilobytes} KiB of history",
    ]


@asynccontextmanager
async def _stack() -> AsyncIterator[tuple[Office, Client]]:
    """Run an installation, and the yardsticks' worker on its Temporal server."""
    with reachable_folder() as folder:
        described = EmbeddedStack(folder / "stack", ports={}, variables=QUICK_PROVIDERS)
        async with described as stack:
            office = await Office.of(stack)
            worker = _yardstick_worker(stack)
            try:
                yield office, await Client.connect(stack.temporal.address)
            finally:
                worker.kill()
                await office.aclose()


def _yardstick_worker(stack: EmbeddedStack) -> ChildProcess:
    command = [sys.executable, "-m", "tests.bench.yardstick_worker", stack.temporal.address]
    worker = ChildProcess("yardsticks", command, log=stack.folder.log("yardsticks"), folder=PROJECT)
    worker.start()
    worker.wait_until(lambda: worker.said("serving"), seconds=READY_S, advice="read its log")
    return worker


def _tell(name: str, told: list[str]) -> None:
    _say(f"\n{name}")
    for line in told:
        _say(f"  {line}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*USUAL, "open", "crowd", []])
    parser.add_argument("--rounds", type=int, default=3, help="of the throughput")
    parser.add_argument("--open", type=int, default=10_000, help="open requests")
    parser.add_argument("--minutes", type=float, default=40, help="most for filing open requests")
    parser.add_argument("--crowd", type=int, default=1000, help="providers of one request")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(_arguments()))
