"""Proof of an erasure: everything the finding knew is looked for again, on fresh connections.

*Erased* means that the planned rows are proven absent, never that a statement reported a count.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict, Field

from datamap.connectors.base import Connector, Equal, Reader, Row, Table, Where, decode_key
from datamap.connectors.readers import Readers, side_by_side
from datamap.graph import Edge, Graph, Node
from datamap.keys import Keys
from datamap.pages import Fetch, fetch_page, still_shown
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
    connectors: Mapping[str, Connector],
    datamap: DataMap,
    plan: ErasurePlan,
    fetch: Fetch = fetch_page,
) -> Proof:
    """Look for every planned row, and by every key and identity, through read-only connections.

    Pages of what was unpublished are fetched again by ``fetch``. Raises ``SystemFailed``.
    """
    async with Readers(connectors) as readers:
        search = _Search(Graph(datamap), readers, plan)
        await side_by_side({system: search.all_of(system) for system in datamap.systems})
    found = search.left + search.strange
    shown = await still_shown(plan.pages, fetch)
    return Proof(
        planned=plan.planned,
        absent=plan.planned - search.left.total(),
        still_found=tuple(sorted({*(place for place, n in found.items() if n), *shown})),
        retained=dict(search.kept),
    )


class _Search:
    """One fresh look with everything that the plan remembers."""

    def __init__(self, graph: Graph, readers: Readers, plan: ErasurePlan) -> None:
        self.left = Counter[str]()
        self.strange = Counter[str]()
        self.kept: dict[str, int] = {}
        self._graph = graph
        self._readers = readers
        self._plan = plan
        self._stripped = {step.rows.place: step for step in plan.stripped}
        self._known = _keys((*plan.erased, *(kept.rows for kept in plan.kept)))
        self._doubtful = _keys(plan.doubtful)

    async def all_of(self, system: str) -> None:
        """Look through one system: planned rows, rows kept, and whatever else is tied to them."""
        for rows in self._plan.erased:
            if rows.system == system:
                self.left[rows.place] += await self._left_of(rows)
        for kept in self._plan.kept:
            if kept.rows.system == system:
                self.kept[kept.rows.place] = await self._left_of(kept.rows)
        for node, where in self._ways_into(system):
            self.strange[str(node)] += await self._undeclared(node, where)

    async def _left_of(self, rows: Rows) -> int:
        """Count rows that still stand, or still say something about the person."""
        table = Table(rows.collection, rows.key_columns)
        step = self._stripped.get(rows.place)
        columns = tuple(step.values) if step else ()

        def says_something(row: Row) -> bool:
            return step is None or not _emptied(step, row)

        left = 0
        for keys in rows.keys.batches():
            where = Equal(table.key, keys)
            left += await self._count(rows.system, table, where, says_something, columns)
        return left

    def _ways_into(self, system: str) -> Iterator[tuple[Node, Where]]:
        """Yield every search by a key or identity that the finding knew."""
        for edge in self._graph.edges:
            if edge.target.system == system:
                for values in self._values(edge).batches():
                    yield edge.target, Equal(edge.target_columns, values)
        for identity, value in self._plan.identities:
            for node, collection in self._graph.nodes.items():
                if node.system == system:
                    for where in identity_where(collection, identity, value):
                        yield node, where

    def _values(self, edge: Edge) -> Keys:
        if edge.source_columns == self._graph.nodes[edge.source].key:
            return self._known.get(str(edge.source), Keys())
        for link in self._plan.links:
            at = Node(link.system, link.collection)
            if at == edge.source and link.columns == edge.source_columns:
                return link.values
        return Keys()

    async def _undeclared(self, node: Node, where: Where) -> int:
        known = self._known.get(str(node), Keys())
        doubtful = self._doubtful.get(str(node), Keys())
        table = table_of(node, self._graph.nodes[node])
        return await self._count(
            node.system, table, where, lambda row: row.key not in known and row.key not in doubtful
        )

    async def _count(
        self,
        system: str,
        table: Table,
        where: Where,
        counts: Callable[[Row], bool],
        columns: Sequence[str] = (),
    ) -> int:
        async def count(reader: Reader) -> int:
            found = 0
            async for batch in reader.rows(table, where, columns):
                found += sum(map(counts, batch))
            return found

        return await self._readers.ask(system, count)


def _keys(parts: Iterable[Rows]) -> dict[str, Keys]:
    found: dict[str, list[Keys]] = {}
    for rows in parts:
        found.setdefault(rows.place, []).append(rows.keys)
    return {place: Keys.joined(several) for place, several in found.items()}


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
