"""Carries a plan out, one system and one transaction at a time. To repeat it changes nothing."""

from collections.abc import Iterator, Sequence

from datamap.connectors.base import Connector, Table, Writer
from datamap.errors import CatalogueDrifted
from datamap.holds import Hold, stop_if_held
from datamap.plan import DeleteStep, ErasurePlan, Rows, WriteStep
from datamap.schema import DataMap
from datamap.undoing import Keep, Photographer


async def erase(
    plan: ErasurePlan,
    connector: Connector,
    *,
    holds: Sequence[Hold] = (),
    undoing: tuple[DataMap, Keep] | None = None,
) -> None:
    """Carry out the plan's steps in the connector's system; the proof is ``prove_absence``.

    With ``undoing``, what goes is kept before it goes, so that it can be put back (DEL-17).
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
        images = await Photographer.of(connector.system, writer, *undoing) if undoing else None
        for step in steps:
            if step.do == "delete":
                await _delete(writer, step, images)
            else:
                await _write(writer, step, images)


async def _delete(writer: Writer, step: DeleteStep, images: Photographer | None) -> None:
    for doomed in _statements(step):
        if images is not None:
            await images.rows(doomed)
        await writer.delete(doomed)


def _statements(step: DeleteStep) -> Iterator[list[tuple[Table, list[str]]]]:
    if step.together:
        yield [(_table(rows), list(rows.keys)) for rows in step.rows]
        return
    for rows in step.rows:
        for keys in rows.keys.batches():
            yield [(_table(rows), keys)]


async def _write(writer: Writer, step: WriteStep, images: Photographer | None) -> None:
    table = _table(step.rows)
    for keys in step.rows.keys.batches():
        if images is not None:
            await images.columns(table, keys, tuple(step.values))
        await writer.write(table, keys, step.values)


def _table(rows: Rows) -> Table:
    return Table(rows.collection, rows.key_columns)
