"""What the engine does by itself every minute: one sweep over everything that is open."""

from typing import Any

from temporalio import workflow

from workflows import exchange as x
from workflows import names, steps


@workflow.defn(name=names.HOUSEKEEPING)
class Housekeeping:
    """One sweep, started by a schedule."""

    @workflow.run
    async def run(self, *payloads: Any) -> x.Swept:
        """Sweep once; the result says what was found."""
        return await steps.SWEEP(x.SweepInput(now=workflow.now()), "sweep")
