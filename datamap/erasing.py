"""Carries a plan out, one system and one transaction at a time. To repeat it changes nothing."""

from collections.abc import Sequence

from datamap.connectors.base import Connector, Table, Writer
from datamap.errors import CatalogueDrifted
from datamap.holds import Hold, stop_if_held
from datamap.plan import DeleteStep, ErasurePlan, Rows, WriteStep


async def erase(plan: ErasurePlan, connector: Connector, *, holds: Sequence[Hold] = ()) -> None:
    """Carry out the plan's steps in the connector's system; the proof is ``prove_absence``.

    Raises ``HeldByLaw``, ``CatalogueDrifted``, ``PlanOutdated`` and ``SystemFailed``; after any of
    them the system is as it was, if its connector can undo.
    """
    steps = plan.steps_in(connector.system)
    stop_if_held(holds, plan.touched)
    if not steps:
        return
    async with connector.writing() as writer:
        if await writer.fingerprint() != plan.fingerprints[connector.system]:
            raise CatalogueDrifted(connector.system)
        for step in steps:
            if step.do == "delete":
                await _delete(writer, step)
            else:
                await _write(writer, step)


async def _delete(writer: Writer, step: DeleteStep) -> None:
    if step.together:
        await writer.delete([(_table(rows), list(rows.keys)) for rows in step.rows])
        return
    for rows in step.rows:
        for keys in rows.keys.batches():
            await writer.delete([(_table(rows), keys)])


async def _write(writer: Writer, step: WriteStep) -> None:
    for keys in step.rows.keys.batches():
        await writer.write(_table(step.rows), keys, step.values)


def _table(rows: Rows) -> Table:
    return Table(rows.collection, rows.key_columns)
