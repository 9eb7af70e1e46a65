"""Checks the ledger: every chain by itself, and its fold against each running workflow."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from temporalio.client import WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from domain.direction import DirectionState
from domain.ids import is_late_stream, outside_stream, request_of
from domain.late_answer import LateAnswerState
from domain.state import RequestState
from records import checkpoint_check, checkpoints, ledger, requests
from records.connection import Connection
from workers.counting import counted
from workers.engine import TemporalEngine
from workflows import exchange as x

_PATIENCE_SECONDS = 10
_SILENT_IN_A_ROW = 3
_NAMED = 10


class LedgerReport(BaseModel):
    """What a check came to. Faults and differences name place and kind, nothing personal."""

    model_config = ConfigDict(frozen=True)

    streams: int
    events: int
    compared: int
    history_gone: int
    unanswered: tuple[str, ...] = ()
    checkpoints: int
    purged_at: AwareDatetime | None = None
    faults: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults and not self.differences

    def summary(self, *, offline: bool) -> Iterator[str]:
        """Say what was checked."""
        yield f"{counted(self.streams, 'stream')} with {counted(self.events, 'event')}."
        if not self.checkpoints:
            yield (
                "No checkpoint was taken yet, so an end that was rewritten together with its head "
                "row would not be noticed: privacy ledger checkpoint takes one."
            )
        else:
            yield f"Held against {counted(self.checkpoints, 'signed checkpoint')}."
        if offline:
            yield "Their workflows were not asked."
        else:
            yield f"{self.compared} compared with their workflows' state."
            verdict = "ledger verified" if self.sound else "see below"
            yield f"{self.history_gone}: history gone, {verdict}."
        yield from self._silent()
        if self.purged_at:
            yield f"The personal data was destroyed at {self.purged_at:%Y-%m-%d %H:%M} UTC."

    def _silent(self) -> Iterator[str]:
        for stream in self.unanswered[:_NAMED]:
            yield f"{stream}: its workflow does not answer; its rows alone were checked."
        if len(self.unanswered) > _NAMED:
            yield f"And {len(self.unanswered) - _NAMED} more."
        if self.unanswered:
            yield (
                "See that Temporal answers and a worker runs (privacy doctor), and in the Web UI "
                "whether tasks fail; then check again."
            )


async def check(
    conn: Connection,
    engine: TemporalEngine | None,
    request_id: str | None = None,
    *,
    trusted: Collection[bytes] = (),
    kept: checkpoints.Checkpoint | None = None,
) -> LedgerReport:
    """Check all streams, or those of one request, also against the signed checkpoints.

    ``trusted`` are the keys that may have signed, ``kept`` a checkpoint kept elsewhere.

    Without an engine, or for workflows that Temporal no longer knows, the chain alone is checked:
    the ledger is the record, Temporal's history is not.
    """
    streams = await ledger.streams(conn, request_id)
    found = [fault async for fault in _faults(conn, streams, request_id)]
    faults = [_say(fault) for fault in found]
    faults += [str(fault) async for fault in checkpoint_check.verify(conn, trusted, request_id)]
    faults += [str(fault) for fault in (await checkpoint_check.compare(conn, kept) if kept else ())]
    newest = await checkpoints.newest(conn)
    row = await requests.find(conn, request_id) if request_id else None
    workflows = _Workflows(engine, damaged={fault.stream for fault in found})
    events = 0
    for stream in streams:
        rows = await ledger.read(conn, stream)
        events += len(rows)
        await workflows.hold_against(stream, rows)
    return LedgerReport(
        streams=len(streams),
        events=events,
        compared=workflows.compared,
        history_gone=workflows.gone,
        unanswered=tuple(workflows.unanswered),
        checkpoints=newest.n if newest else 0,
        purged_at=row.purged_at if row else None,
        faults=tuple(faults),
        differences=tuple(workflows.differences),
    )


async def _faults(
    conn: Connection, streams: list[str], request_id: str | None
) -> AsyncIterator[ledger.Fault]:
    if request_id is None:
        async for fault in ledger.verify_all(conn):
            yield fault
        return
    for stream in streams:
        for fault in await ledger.verify_stream(conn, stream):
            yield fault


class _Workflows:
    """Asks the streams' workflows, and no more of them once several in a row kept silent."""

    def __init__(self, engine: TemporalEngine | None, *, damaged: Collection[str]) -> None:
        self._engine = engine
        self._damaged = damaged
        self._silent = 0
        self.compared = self.gone = 0
        self.unanswered: list[str] = []
        self.differences: list[str] = []

    async def hold_against(self, stream: str, rows: list[ledger.StoredEntry]) -> None:
        """Compare the rows of a stream with its workflow, if it has one that answers."""
        if self._engine is None or stream == outside_stream(request_of(stream)):
            return
        try:
            status = await self._status(self._engine, stream)
        except (WorkflowQueryFailedError, RPCError, TimeoutError):
            self.unanswered.append(stream)
            return
        if status is None:
            self.gone += 1
            return
        self.compared += 1
        readable = stream not in self._damaged
        self.differences.extend(_differences(stream, rows, status, readable=readable))

    async def _status(self, engine: TemporalEngine, stream: str) -> x.Status | None:
        """Ask one; ``None`` when Temporal has no such workflow any more."""
        if self._silent >= _SILENT_IN_A_ROW:
            raise TimeoutError
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                status = await engine.status(stream)
        except RPCError as fault:
            if fault.status is RPCStatusCode.NOT_FOUND:
                return None
            self._silent += 1
            raise
        except (TimeoutError, RuntimeError):
            # A client that connects with its first call raises RuntimeError when it cannot.
            self._silent += 1
            raise TimeoutError from None
        self._silent = 0
        return status


def _differences(
    stream: str, rows: list[ledger.StoredEntry], status: x.Status, *, readable: bool
) -> list[str]:
    """Fold the rows that the workflow says are recorded, and hold the result against its state.

    Damaged rows may not be ``readable``; they are named already, and are not folded.
    """
    recorded = rows[: status.recorded_through]
    if len(recorded) < status.recorded_through:
        wrote = status.recorded_through
        return [f"{stream}: the workflow recorded {wrote} events, {len(rows)} are there"]
    if recorded and recorded[-1].hash != status.recorded_head:
        return [f"{stream}: the hash at event {recorded[-1].n} is not the workflow's"]
    settled = status.recorded_through == status.n
    if readable and settled and not _folds_to(stream, recorded, status.state):
        return [f"{stream}: folding the ledger gives another state than the workflow's"]
    return []


def _folds_to(stream: str, rows: list[ledger.StoredEntry], stated: dict[str, Any]) -> bool:
    """Tell whether the rows fold to the state that a workflow states; sets have no order."""
    state: RequestState | DirectionState | LateAnswerState = RequestState(request_id=stream)
    if is_late_stream(stream):
        state = LateAnswerState(stream=stream)
    elif stream != request_of(stream):
        state = DirectionState(stream=stream)
    for row in rows:
        state = state.apply(row.recorded)
    return state == type(state).model_validate(stated)


def _say(fault: ledger.Fault) -> str:
    through = f" to {fault.through}" if fault.through and fault.through != fault.n else ""
    return f"{fault.stream}: event {fault.n}{through} is {fault.problem}"
