"""Proof of an erasure: everything the finding knew is looked for again, on fresh connections.

*Erased* means that the planned rows are proven absent, never that a statement reported a count.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict, Field

from datamap.connectors.base import Connector, Equal, Row, Table, Where, batched, decode_key
from datamap.connectors.readers import Readers
from datamap.graph import Edge, Graph, Node
from datamap.people import identity_where, table_of
from datamap.plan import ErasurePlan, Rows, WriteStep
from datamap.schema import DataMap


class Proof(BaseModel):
    """What a fresh look found: counts and names of collections, no values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    planned: int = Field(description="Rows that the plan erases.")
    absent: int = Field(description="Of these, rows proven gone, or stripped of personal data.")
    still_found: tuple[str, ...] = Field(description="Collections where something was found.")
    retained: dict[str, int] = Field(description="Rows lawfully kept, per collection.")

    @property
    def holds(self) -> bool:
        """Whether nothing is left but the declared exceptions."""
        return not self.still_found and self.absent == self.planned


async def prove_absence(
    connectors: Mapping[str, Connector], datamap: DataMap, plan: ErasurePlan
) -> Proof:
    """Look for every planned row, and by every key and identity, through read-only connections.

    Raises ``SystemFailed``.
    """
    async with Readers(connectors) as readers:
        search = _Search(Graph(datamap), readers, plan)
        left = Counter[str]()
        for rows in plan.erased:
            left[rows.place] += await search.left_of(rows)
        strange = Counter[str]()
        for place, count in await search.elsewhere():
            strange[place] += count
        return Proof(
            planned=plan.planned,
            absent=plan.planned - left.total(),
            still_found=tuple(sorted(place for place, n in (left + strange).items() if n)),
            retained={kept.rows.place: await search.left_of(kept.rows) for kept in plan.kept},
        )


class _Search:
    """One fresh look with everything that the plan remembers."""

    def __init__(self, graph: Graph, readers: Readers, plan: ErasurePlan) -> None:
        self._graph = graph
        self._readers = readers
        self._plan = plan
        self._stripped = {step.rows.place: step for step in plan.stripped}
        self._known = _keys((*plan.erased, *(kept.rows for kept in plan.kept)))
        self._doubtful = _keys(plan.doubtful)

    async def left_of(self, rows: Rows) -> int:
        """Count planned rows that still stand, or still say something about the person."""
        table = Table(rows.collection, rows.key_columns)
        step = self._stripped.get(rows.place)
        columns = tuple(step.values) if step else ()
        left = 0
        for keys in batched(rows.keys):
            async for row in self._rows(rows.system, table, Equal(table.key, keys), columns):
                left += step is None or not _emptied(step, row)
        return left

    async def elsewhere(self) -> list[tuple[str, int]]:
        """Count rows found by key or identity that the plan does not name."""
        found: list[tuple[str, int]] = []
        for edge in self._graph.edges:
            for values in batched(self._values(edge)):
                where = Equal(edge.target_columns, values)
                found.append((str(edge.target), await self._undeclared(edge.target, where)))
        for identity, value in self._plan.identities:
            for node, collection in self._graph.nodes.items():
                for selection in identity_where(collection, identity, value):
                    found.append((str(node), await self._undeclared(node, selection)))
        return found

    def _values(self, edge: Edge) -> Sequence[str]:
        source = self._graph.nodes[edge.source]
        if edge.source_columns == source.key:
            return sorted(self._known.get(str(edge.source), ()))
        return next(
            (
                link.values
                for link in self._plan.links
                if Node(link.system, link.collection) == edge.source
                and link.columns == edge.source_columns
            ),
            (),
        )

    async def _undeclared(self, node: Node, where: Where) -> int:
        known = self._known.get(str(node), set())
        doubtful = self._doubtful.get(str(node), set())
        table = table_of(node, self._graph.nodes[node])
        undeclared = 0
        async for row in self._rows(node.system, table, where):
            undeclared += row.key not in known and row.key not in doubtful
        return undeclared

    async def _rows(
        self, system: str, table: Table, where: Where, columns: Sequence[str] = ()
    ) -> AsyncIterator[Row]:
        reader = await self._readers.of(system)
        async for batch in reader.rows(table, where, columns):
            for row in batch:
                yield row


def _keys(parts: Iterable[Rows]) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = {}
    for rows in parts:
        keys.setdefault(rows.place, set()).update(rows.keys)
    return keys


def _emptied(step: WriteStep, row: Row) -> bool:
    key = "-".join(decode_key(row.key, len(step.rows.key_columns)))
    expected = [value and value.replace("{key}", key) for value in step.values.values()]
    return all(_equal(*pair) for pair in zip(row.values, expected, strict=True))


def _equal(found: str | None, expected: str | None) -> bool:
    if found == expected or found is None or expected is None:
        return found == expected
    try:
        return Decimal(found) == Decimal(expected)
    except InvalidOperation:
        return False
