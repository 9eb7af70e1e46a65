"""What goes wrong, at random, by a seed: one fault after the other, each of which ends."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

import psutil

from tests.chaos.proxy import Mode, Proxy
from workers.stack.supervisor import EmbeddedStack

PARTS = (
    "worker",
    "worker",
    "gateway",
    "postgres",
    "temporal",
    "mail_sink",
    "sample_webhook",
    "sample_mailbox",
)
"""What is killed; the worker twice as often."""

MAIL: tuple[dict[str, object], ...] = (
    {"reply": "451 4.3.0 Try again later", "count": 3},
    {"reply": "421 4.3.2 Closing", "at": "rcpt", "count": 2},
    {"kind": "lose_answer", "count": 2},
    {"kind": "down", "seconds": 3},
)


class Faults:
    """Does harm to one stack, and mends it again."""

    def __init__(
        self,
        stack: EmbeddedStack,
        proxies: dict[str, Proxy],
        repeat_callbacks: Callable[[], Awaitable[int]],
        mend_mail: Callable[[], Awaitable[None]],
        chance: random.Random,
    ) -> None:
        self._stack = stack
        self._proxies = proxies
        self._repeat = repeat_callbacks
        self._mend_mail = mend_mail
        self._chance = chance
        self.done: Counter[str] = Counter()

    async def one(self) -> str:
        """Let one thing go wrong for some seconds; return what it was."""
        kinds = (self._kill, self._kill, self._freeze, self._cut_off, self._mail, self._callbacks)
        name = await self._chance.choice(kinds)()
        self.done[name] += 1
        return name

    async def lose_temporal(self) -> str:
        """Wipe Temporal's database in mid-request."""
        await self._stack.lose_temporal()
        await self._stack.kill("worker")
        await self._stack.start("worker")
        self.done["lost temporal"] += 1
        return "lost temporal"

    async def mend(self) -> None:
        """Have everything work again."""
        for proxy in self._proxies.values():
            proxy.misbehave(Mode.PASS)
        await self._mend_mail()

    async def _kill(self) -> str:
        part = self._chance.choice(PARTS)
        await self._stack.kill(part)
        await asyncio.sleep(self._chance.uniform(0, 1.5))
        await self._stack.start(part)
        return f"killed {part}"

    async def _freeze(self) -> str:
        part = self._chance.choice(("worker", "gateway", "temporal", "postgres"))
        frozen = _family(self._stack.pid(part))
        _signal(frozen, signal.SIGSTOP)
        await asyncio.sleep(self._chance.uniform(0.5, 4))
        _signal(frozen, signal.SIGCONT)
        return f"froze {part}"

    async def _cut_off(self) -> str:
        name = self._chance.choice(sorted(self._proxies))
        mode = self._chance.choice((Mode.DELAY, Mode.DROP, Mode.RESET))
        self._proxies[name].misbehave(mode)
        await asyncio.sleep(self._chance.uniform(0.5, 4))
        self._proxies[name].misbehave(Mode.PASS)
        return f"{mode} towards {name}"

    async def _mail(self) -> str:
        fault = self._chance.choice(MAIL)
        await asyncio.to_thread(lambda: self._stack.mail.fail(**fault))
        await asyncio.sleep(1)
        return f"mail {fault.get('kind') or fault['reply']}"

    async def _callbacks(self) -> str:
        await self._repeat()
        return "repeated callbacks"


def _family(pid: int) -> list[psutil.Process]:
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
