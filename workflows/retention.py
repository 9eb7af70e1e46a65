"""The daily purge of what is past its date."""

from typing import Any

from temporalio import workflow

from workflows import upkeep


@workflow.defn(name=upkeep.RETENTION)
class Retention:
    """One purge, started by a schedule."""

    @workflow.run
    async def run(self, *payloads: Any) -> upkeep.Purged:
        """Purge once; the result says in counts what became of the requests that were due."""
        return await upkeep.PURGE(upkeep.Today(now=workflow.now()), "purge what is past its date")
