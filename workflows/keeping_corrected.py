"""The daily look whether feeds have undone what was corrected (COR-04)."""

from typing import Any

from temporalio import workflow

from workflows import upkeep


@workflow.defn(name=upkeep.KEEPING_CORRECTED)
class KeepingCorrected:
    """One look, started by a schedule."""

    @workflow.run
    async def run(self, *payloads: Any) -> upkeep.KeptCorrected:
        """Put back what was overwritten; the result counts the fields that hold."""
        today = upkeep.Today(now=workflow.now())
        return await upkeep.KEEP_CORRECTED(today, "put back what feeds have overwritten")
