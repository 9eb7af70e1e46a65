"""Opt-outs in the business's own systems, written where the map says that choices are stored.

Nothing first seen in a request is written (PRN-08): a row is changed, or one is begun for a person
who is on file, under the key that the business itself gave.
"""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from datamap.connectors.base import Alike, Connector, Equal, Writer
from datamap.connectors.readers import Readers, connector_of
from datamap.finding import Closure
from datamap.graph import Edge, Graph, Node
from datamap.keys import Keys
from datamap.normalise import MAILS, variants
from datamap.people import Climber, PersonKeys, RowRef, joined, points_of, table_of
from datamap.schema import Collection, DataMap, OptOut, Role

Held = dict[Node, Keys]


class OptOutApplied(BaseModel):
    """Rows that now hold the choice, and rows taken off marketing lists, per collection."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chosen: dict[str, int] = Field(description="Rows that say so now.")
    removed: dict[str, int] = Field(description="Rows removed from marketing lists (REQ-10).")


async def opt_out(
    connectors: Mapping[str, Connector],
    datamap: DataMap,
    choice: OptOut,
    *,
    person: PersonKeys | None = None,
    email: str | None = None,
    takes_back: bool = False,
) -> OptOutApplied:
    """Store a choice for a matched person, and for whoever is on file under an e-mail address.

    ``takes_back`` stores that an earlier opt-out no longer holds (OPT-07).

    Every column with ``opt_out_of`` is set on the rows that belong to them; an opt-out of marketing
    also removes their rows from marketing lists. Repeating it changes nothing. Raises
    ``SystemFailed``; an address that is not on file changes nothing and is no error.
    """
    graph = Graph(datamap)
    held = await _held(connectors, graph, person or PersonKeys(), email)
    chosen: dict[str, int] = {}
    removed: dict[str, int] = {}
    for system in datamap.systems:
        async with connector_of(connectors, system).writing() as writer:
            applying = _Applying(graph, writer, choice, held, takes_back=takes_back)
            for node in sorted(node for node in graph.nodes if node.system == system):
                if applying.removes(node):
                    removed |= _counted(node, await applying.remove(node))
                else:
                    chosen |= _counted(node, await applying.choose(node))
    return OptOutApplied(chosen=chosen, removed=removed)


def _counted(node: Node, rows: int) -> dict[str, int]:
    return {str(node): rows} if rows else {}


async def _held(
    connectors: Mapping[str, Connector], graph: Graph, person: PersonKeys, email: str | None
) -> Held:
    """Return every row that belongs to the person or to holders of the address."""
    async with Readers(connectors) as readers:
        closure = Closure(graph, readers)
        starts = {*person.rows, *(await _holders(graph, readers, email) if email else ())}
        for row in sorted(starts, key=lambda row: (row.node, row.key)):
            await closure.start(row.node, row.key)
        finding = await closure.close()
        return dict(finding.rows)


async def _holders(graph: Graph, readers: Readers, email: str) -> set[RowRef]:
    """Return the rows that carry the address, and the persons they belong to."""
    climber = Climber(graph, readers)
    holders: set[RowRef] = set()
    for node, collection in graph.nodes.items():
        reader = await readers.of(node.system)
        for point in points_of(node, collection):
            if point.kind not in MAILS:
                continue
            where = Alike(point.kind, point.columns, variants(point.kind, email))
            async for batch in reader.rows(table_of(node, collection), where):
                keys = [row.key for row in batch]
                holders |= {_row_ref(node, key) for key in keys}
                for persons in (await climber.persons(node, keys)).values():
                    holders |= persons
    return holders


def _row_ref(node: Node, key: str) -> RowRef:
    return RowRef(system=node.system, collection=node.collection, key=key)


class _Applying:
    """Writes one choice in one system."""

    def __init__(
        self, graph: Graph, writer: Writer, choice: OptOut, held: Held, *, takes_back: bool
    ) -> None:
        self._takes_back = takes_back
        self._graph = graph
        self._writer = writer
        self._choice = choice
        self._held = held

    def removes(self, node: Node) -> bool:
        """Tell whether the choice takes rows off this collection altogether."""
        roles = self._graph.nodes[node].privacy.role
        leaves = self._choice is OptOut.MARKETING and not self._takes_back
        return leaves and Role.MARKETING_LIST in roles

    async def remove(self, node: Node) -> int:
        """Take the rows off a marketing list."""
        keys = self._held.get(node, Keys())
        for part in keys.batches():
            await self._writer.delete([(table_of(node, self._graph.nodes[node]), part)])
        return len(keys)

    async def choose(self, node: Node) -> int:
        """Set the choice on rows that stand, and begin rows for persons who have none."""
        collection = self._graph.nodes[node]
        values = _values(collection, self._choice, takes_back=self._takes_back)
        if not values:
            return 0
        keys = self._held.get(node, Keys())
        for part in keys.batches():
            await self._writer.write(table_of(node, collection), part, values)
        begun = 0
        if Role.PREFERENCES in collection.privacy.role:
            for edge in self._graph.into(node):
                begun += await self._begin(edge, values)
        return len(keys) + begun

    async def _begin(self, edge: Edge, values: Mapping[str, str | None]) -> int:
        if edge.source.system != edge.target.system or not self._graph.is_person(edge.source):
            return 0
        owners = await self._values_of(edge.source, self._held.get(edge.source, Keys()), edge)
        table = table_of(edge.target, self._graph.nodes[edge.target])
        present: set[str | None] = set()
        async for batch in self._writer.rows(
            table, Equal(edge.target_columns, sorted(owners)), edge.target_columns
        ):
            present |= {joined(row.values) for row in batch}
        missing = {value: parts for value, parts in owners.items() if value not in present}
        for parts in missing.values():
            row = {**values, **dict(zip(edge.target_columns, parts, strict=True))}
            await self._writer.insert(table, row)
        return len(missing)

    async def _values_of(
        self, node: Node, keys: Keys, edge: Edge
    ) -> dict[str, tuple[str | None, ...]]:
        table = table_of(node, self._graph.nodes[node])
        found: dict[str, tuple[str | None, ...]] = {}
        async for batch in self._writer.rows(
            table, Equal(table.key, list(keys)), edge.source_columns
        ):
            for row in batch:
                if (value := joined(row.values)) is not None:
                    found[value] = row.values
        return found


def _values(collection: Collection, choice: OptOut, *, takes_back: bool) -> dict[str, str | None]:
    return {
        one.name: one.privacy.opt_in_value if takes_back else one.privacy.opt_out_value
        for one in collection.fields
        if one.privacy.opt_out_of is choice
    }
