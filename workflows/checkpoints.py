"""The daily checkpoint of the ledger."""

from typing import Any

from temporalio import workflow

from workflows import upkeep


@workflow.defn(name=upkeep.LEDGER_CHECKPOINT)
class LedgerCheckpoint:
    """One checkpoint, started by a schedule."""

    @workflow.run
    async def run(self, *payloads: Any) -> upkeep.CheckpointTaken:
        """Sign where every stream stands; the result names the checkpoint."""
        return await upkeep.TAKE_CHECKPOINT(upkeep.Today(now=workflow.now()), "sign a checkpoint")
