"""What goes wrong: every kind once, in an order that a seed shuffles, each for some seconds."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial

import psutil

from tests.chaos.proxy import Mode, Proxy
from tests.chaos.siege import SPEAK_HTTP
from tests.processes import family
from workers.stack.supervisor import EmbeddedStack

KILLED = (
    "worker",
    "worker",
    "gateway",
    "mail_intake",
    "postgres",
    "temporal",
    "mail_sink",
    "sample_webhook",
    "sample_mailbox",
)
"""What is killed; the worker twice as often."""

FROZEN = ("worker", "gateway", "temporal", "postgres", "mail_sink")

MAIL: Mapping[str, dict[str, object]] = {
    "mail deferred with 451": {"reply": "451 4.3.0 Try again later", "count": 3},
    "mail deferred with 421": {"reply": "421 4.3.2 Closing", "at": "rcpt", "count": 2},
    "mail refused with 550": {"reply": "550 5.1.1 No such user", "at": "rcpt", "count": 2},
    "mail refused with 554": {"reply": "554 5.7.1 Not welcome", "count": 2},
    "mail taken, answer lost": {"kind": "lose_answer", "count": 3},
    "mail server cuts connections": {"kind": "down", "seconds": 3},
}

LOST_TEMPORAL = "Temporal's database lost"

Harm = Callable[[], Awaitable[object]]


class Faults:
    """Does harm to one stack, and mends it again."""

    def __init__(
        self,
        stack: EmbeddedStack,
        proxies: Mapping[str, Proxy],
        repeat_callbacks: Harm,
        mend_mail: Harm,
        chance: random.Random,
    ) -> None:
        self._stack = stack
        self._proxies = proxies
        self._repeat = repeat_callbacks
        self._mend_mail = mend_mail
        self._chance = chance
        self._ahead: list[tuple[str, Harm]] = []
        self.done: Counter[str] = Counter()

    async def one(self) -> str:
        """Let the next thing go wrong for some seconds; return what it was.

        Raises:
            StackError: a part that was killed does not start again.
        """
        if not self._ahead:
            self._ahead = list(self._kinds())
            self._chance.shuffle(self._ahead)
        return await self._do(*self._ahead.pop())

    async def lose_temporal(self) -> str:
        """Wipe Temporal's database in mid-request."""
        return await self._do(LOST_TEMPORAL, self._lose_temporal)

    async def mend(self) -> None:
        """Have everything work again."""
        for proxy in self._proxies.values():
            proxy.misbehave(Mode.PASS)
        await self._mend_mail()

    async def _do(self, name: str, harm: Harm) -> str:
        await harm()
        self.done[name] += 1
        return name

    def _kinds(self) -> Iterator[tuple[str, Harm]]:
        for part in KILLED:
            yield f"killed {part}", partial(self._kill, part)
        for part in FROZEN:
            yield f"froze {part}", partial(self._freeze, part)
        for name in self._proxies:
            for mode in (Mode.DELAY, Mode.DROP, Mode.RESET):
                yield f"{mode} towards {name}", partial(self._cut_off, name, mode)
        for name in SPEAK_HTTP:
            yield f"{Mode.FAIL} from {name}", partial(self._cut_off, name, Mode.FAIL)
        for name, fault in MAIL.items():
            yield name, partial(self._mail, fault)
        for _ in range(2):
            yield "callbacks repeated", self._repeat

    async def _kill(self, part: str) -> None:
        await self._stack.kill(part)
        await asyncio.sleep(self._chance.uniform(0, 1.5))
        await self._stack.start(part)

    async def _lose_temporal(self) -> None:
        await self._stack.lose_temporal()
        await self._stack.kill("worker")
        await self._stack.start("worker")

    async def _freeze(self, part: str) -> None:
        frozen = family(self._stack.pid(part))
        _signal(frozen, signal.SIGSTOP)
        try:
            await asyncio.sleep(self._chance.uniform(0.5, 4))
        finally:
            _signal(frozen, signal.SIGCONT)

    async def _cut_off(self, name: str, mode: Mode) -> None:
        self._proxies[name].misbehave(mode)
        await asyncio.sleep(self._chance.uniform(0.5, 4))
        self._proxies[name].misbehave(Mode.PASS)

    async def _mail(self, fault: dict[str, object]) -> None:
        await asyncio.to_thread(lambda: self._stack.mail.fail(**fault))
        await asyncio.sleep(self._chance.uniform(1, 3))


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
