"""Switching off, reversibly: accounts and publications, as the map says (MIN-06, REQ-16)."""

from collections.abc import Mapping

from datamap.connectors.base import Connector
from datamap.connectors.readers import connector_of
from datamap.finding import find
from datamap.graph import Graph
from datamap.people import PersonKeys, table_of
from datamap.schema import DataMap, Role


async def deactivate(
    connectors: Mapping[str, Connector],
    datamap: DataMap,
    person: PersonKeys,
    *,
    only: Role | None = None,
) -> dict[str, int]:
    """Switch off every row of the person that the map can switch off; count them by collection.

    ``only`` leaves alone whatever the map gives no such role. To repeat it changes nothing.
    Raises ``SystemFailed``.
    """
    graph = Graph(datamap)
    finding = await find(connectors, datamap, person)
    done: dict[str, int] = {}
    for node, keys in finding.rows.items():
        collection = graph.nodes[node]
        values = collection.privacy.deactivate
        if not values or not keys or (only and only not in collection.privacy.role):
            continue
        async with connector_of(connectors, node.system).writing() as writer:
            for part in keys.batches():
                await writer.write(table_of(node, collection), part, dict(values))
        done[str(node)] = len(keys)
    return done
