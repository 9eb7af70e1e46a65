"""Signing the daily checkpoint, whose hash the log carries out of the database's reach."""

import asyncpg
import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from records import checkpoints
from records.signing import Signer
from workflows import upkeep

log = structlog.get_logger("activities.checkpoint")


class Checkpointing:
    """Takes checkpoints with the installation's key."""

    def __init__(self, pool: asyncpg.Pool, signer: Signer) -> None:
        self._pool = pool
        self._signer = signer

    @activity.defn(name=upkeep.TAKE_CHECKPOINT.name)
    async def take_checkpoint(self, asked: upkeep.Today) -> upkeep.CheckpointTaken:
        """Check what the ledger gained and sign where it stands.

        Raises:
            ApplicationError: of type ``LedgerUnsound``, never retried; it names the damage.
        """
        async with self._pool.acquire() as conn:
            try:
                taken = await checkpoints.take(conn, self._signer, asked.now)
            except checkpoints.LedgerUnsound as damage:
                log.error("ledger_unsound", reason=str(damage))
                raise ApplicationError(
                    str(damage), type=upkeep.LEDGER_UNSOUND, non_retryable=True
                ) from None
        log.info("checkpoint_taken", n=taken.n, head=taken.hash, count=taken.content["moved"])
        return upkeep.CheckpointTaken(n=taken.n, hash=taken.hash, moved=taken.content["moved"])
