"""Staff signals, in the order in which they came, each as whoever its history says sent it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from temporalio.exceptions import ActivityError

from domain import events as e
from domain import senders
from domain.action_table import ActionTable
from domain.entitlement import Sender
from domain.refusals import Refused
from workflows.effects import OWN_DATABASE, Step

FOR_A_WHILE = timedelta(minutes=10)
"""How long the history is asked for; after that the sender counts as whoever the message names."""

Decide = Callable[[str, Sequence[Any], Sender], tuple[e.Event, ...]]


class WhichSignal(BaseModel):
    """The ``nth`` signal of a name in the run that asks, counted from one."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str
    nth: int


READ_SENDER = Step("read_sender", WhichSignal, senders.SentBy, OWN_DATABASE)


class Signalled:
    """Carries signalled actions out; nobody hears a refusal, so it is recorded and shown."""

    def __init__(
        self,
        table: ActionTable,
        decide: Decide,
        note: Callable[..., None],
        tell: Callable[[], None],
    ) -> None:
        """``tell`` lets staff know that a signal names another than its sender."""
        self._table = table
        self._decide = decide
        self._note = note
        self._tell = tell
        self._came: Counter[str] = Counter()
        self._turn = asyncio.Lock()

    async def take(self, action: str, payloads: Sequence[Any]) -> None:
        """Carry one out, or record why not; what cannot be read needs no sender."""
        self._came[action] += 1
        which = WhichSignal(name=action, nth=self._came[action])
        try:
            named = self._table.read(action, payloads)[1].decided_by
        except Refused as refused:
            self._note(e.ActionRefused(action=action, refusal=refused.sentence))
            return
        async with self._turn:
            sent = await _read(which)
        differing = senders.differing(sent, action, named)
        if differing:
            self._note(*differing)
            self._tell()
        self._note(*self._decided(action, payloads, senders.sender(sent, named)))

    def _decided(self, action: str, payloads: Sequence[Any], sender: Sender) -> tuple[e.Event, ...]:
        try:
            return self._decide(action, payloads, sender)
        except Refused as refused:
            return (e.ActionRefused(action=action, refusal=refused.sentence),)


async def _read(which: WhichSignal) -> senders.SentBy:
    try:
        return await READ_SENDER(which, f"see who sent {which.name}", within=FOR_A_WHILE)
    except ActivityError:
        return senders.SentBy()
