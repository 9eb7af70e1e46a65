"""A letter that is back before the workflow has the word that it went out."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

from temporalio import activity

from activities.senders import Senders
from domain import events as e
from domain.decisions.inbox import LETTER_BOUNCED
from domain.state import RequestState, fold
from records import inbox
from tests.workflows.rig import ANA, Rig, eventually
from tests.workflows.test_opening import opening_of
from workers.engine import TemporalEngine
from workers.temporal.worker import build_worker
from workflows import exchange as x
from workflows import names, steps
from workflows.consumer_request import ConsumerRequest


class SlowToTell:
    """Records and sends as the worker does; its word of that comes when ``told`` is set."""

    def __init__(self, rig: Rig) -> None:
        self.told = asyncio.Event()
        self._rig = rig

    @activity.defn(name=steps.RECORD.name)
    async def record(self, asked: x.Record) -> x.Recorded:
        """Record, hand letters over, and keep it to itself for a while."""
        done: x.Recorded = await self._rig.recording.record(asked)
        await self.told.wait()
        return done


async def test_a_bounce_that_outruns_the_word_of_its_letter_counts(rig: Rig) -> None:
    """A mail system answers within a second; the letter is bounced, not ignored (NOT-07)."""
    request_id, queue = await rig.registered(), f"early-{uuid.uuid4()}"
    slow = SlowToTell(rig)
    handle = rig.handle(request_id)
    engine = TemporalEngine(rig.client, queue)
    served = (
        opening_of(rig).open_request,
        slow.record,
        rig.dispatcher.dispatch_letters,
        Senders(rig.client, "").read_sender,
    )
    grace = timedelta(seconds=0.2)
    async with build_worker(rig.client, queue, (ConsumerRequest,), served, grace=grace):
        await engine.start(request_id)
        await rig.mail.wait_for(ANA)
        await handle.signal("resend_letter", {"decided_by": "s.lee"})
        await rig.mail.wait_for(ANA, count=2)
        letter = await _resent(rig, request_id)
        async with rig.pool.acquire() as conn:
            receipt = await inbox.receive(
                conn,
                rig.vault,
                once_key=f"bounce-{request_id}",
                request_id=request_id,
                stream=request_id,
                kind=LETTER_BOUNCED,
                facts={"letter": letter, "status": "5.1.1", "paper": False},
                evidence=None,
                now=datetime.now(UTC),
            )
        await TemporalEngine(rig.client, queue, messages=rig.pool).deliver(
            request_id, receipt.row_id
        )

        async def taken() -> bool:
            status: x.Status = await handle.query(names.STATUS, result_type=x.Status)
            return receipt.row_id in RequestState.model_validate(status.state).inbox_seen

        await eventually(taken, "the bounce")
        slow.told.set()

        async def recorded() -> RequestState | None:
            state = fold(request_id, await rig.events(request_id))
            known = state.letters[letter]
            return state if receipt.row_id in state.inbox_seen and known.accepted_at else None

        state = await eventually(recorded, "both words")
        assert state.letters[letter].status == "bounced"
        assert len(await rig.mail.wait_for(ANA, count=2)) == 2
        await handle.terminate()


async def _resent(rig: Rig, request_id: str) -> int:
    """Return the number of the letter that was sent again."""
    (number,) = [
        recorded.n
        for recorded in await rig.events(request_id)
        if isinstance(recorded.event, e.LetterResent)
    ]
    return number
