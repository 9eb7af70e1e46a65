"""The rows of a finding, read in the order of their keys, few enough at a time for any content."""

from collections.abc import AsyncIterator, Sequence

from datamap.connectors.base import Equal, LiveTable, Reader, Row, Table
from datamap.connectors.readers import Readers
from datamap.graph import Node
from datamap.keys import Keys
from datamap.people import named, table_of
from datamap.schema import Collection

Values = dict[str, str | None]

ROWS_AT_ONCE = 1000
TEXTS_AT_ONCE = 100
"""Rows with free text: each may be long."""


async def in_order(
    readers: Readers,
    node: Node,
    collection: Collection,
    keys: Keys,
    columns: tuple[str, ...],
    at_once: int = ROWS_AT_ONCE,
) -> AsyncIterator[list[tuple[str, Values]]]:
    """Yield rows with their keys, in the order of the keys, whenever they are read.

    Raises ``SystemFailed``.
    """
    table = table_of(node, collection)
    for part in keys.batches(at_once):
        found = await _found(readers, node.system, table, part, columns)
        yield [(key, named(columns, found[key])) for key in part if key in found]


async def live_table(readers: Readers, node: Node) -> LiveTable | None:
    """Return what a system says of a table; None where it says nothing. Raises ``SystemFailed``."""
    reader = await readers.of(node.system)
    catalogue = await reader.catalogue()
    return catalogue.tables.get(node.collection)


async def _found(
    readers: Readers, system: str, table: Table, keys: Sequence[str], columns: tuple[str, ...]
) -> dict[str, Row]:
    async def selected(reader: Reader) -> dict[str, Row]:
        where = Equal(table.key, keys)
        return {row.key: row async for batch in reader.rows(table, where, columns) for row in batch}

    return await readers.ask(system, selected)
