"""Where a person's data stands: from the person's own rows along every reference and identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datamap.connectors.base import Connector, Equal, Reader, Row, Where
from datamap.connectors.readers import Readers, side_by_side
from datamap.graph import Edge, Graph, Node
from datamap.keys import KeyBag, Keys, Seen
from datamap.people import (
    PersonKeys,
    PointColumns,
    Profile,
    identity_values,
    identity_where,
    joined,
    named,
    points_of,
    profile,
    profile_columns,
    table_of,
)
from datamap.schema import DataMap

Columns = tuple[str, ...]
Identity = tuple[str, str]
"""The name of an identity (``email``) and its value."""


@dataclass(frozen=True)
class Finding:
    """Every row that belongs to a person, by key. Personal data: it stays inside."""

    rows: Mapping[Node, Keys] = field(repr=False)
    links: Mapping[tuple[Node, Columns], Keys] = field(repr=False)
    """Values by which further rows were sought, where they are not simply the keys."""
    identities: tuple[Identity, ...] = field(repr=False)
    doubtful: Mapping[Node, Keys] = field(repr=False)
    """Rows that other facts tie to somebody else, or that others refer to as well (VER-18)."""

    @property
    def count(self) -> int:
        """How many rows belong to the person."""
        return sum(len(keys) for keys in self.rows.values())


async def find(
    connectors: Mapping[str, Connector], datamap: DataMap, person: PersonKeys
) -> Finding:
    """Follow references and identities from the person's rows to a closure, in batches.

    Only keys and the values of references are kept, so memory does not grow with the content of
    the rows. Systems are searched side by side; one that fails is tried again on its own, then
    ``SystemFailed`` names it.
    """
    async with Readers(connectors) as readers:
        closure = Closure(Graph(datamap), readers)
        for row in person.rows:
            await closure.start(row.node, row.key)
        return await closure.close()


class Closure:
    """The search: what was found, and what is still to be looked up."""

    def __init__(self, graph: Graph, readers: Readers) -> None:
        self._graph = graph
        self._readers = readers
        self._rows: dict[Node, KeyBag] = {}
        self._people: dict[Node, set[str]] = {}
        self._sought: dict[Edge, Seen] = {}
        self._doubtful: dict[Node, set[str]] = {}
        self._identities: dict[Identity, bool] = {}
        self._profiles: list[Profile] = []
        self._todo: list[tuple[Edge, Keys]] = []
        self._upward: list[tuple[Edge, Keys]] = []
        self._points = {node: points_of(node, one) for node, one in graph.nodes.items()}

    async def start(self, node: Node, key: str) -> None:
        """Begin at one row of the person."""
        await self._absorb_where(node, Equal(self._graph.nodes[node].key, (key,)))

    async def close(self) -> Finding:
        """Follow everything until nothing new is found."""
        sought: set[Identity] = set()
        while True:
            await self._follow()
            if new := [one for one in self._identities if one not in sought]:
                for identity in new:
                    sought.add(identity)
                    await self._by_identity(identity)
            elif self._upward:
                await self._follow_upward()
            else:
                return self._finding()

    async def _follow(self) -> None:
        """Follow edges until none leads on; every system works at the same time."""
        while self._todo:
            todo, self._todo = self._todo, []
            systems: dict[str, list[tuple[Edge, Keys]]] = {}
            for edge, values in todo:
                systems.setdefault(edge.target.system, []).append((edge, values))
            await side_by_side({name: self._follow_in(part) for name, part in systems.items()})

    async def _follow_in(self, todo: Sequence[tuple[Edge, Keys]]) -> None:
        for edge, values in todo:
            for part in values.batches():
                await self._absorb_where(edge.target, Equal(edge.target_columns, part))

    async def _follow_upward(self) -> None:
        """Take rows referred to, once everything below is known, unless others refer to them."""
        upward, self._upward = self._upward, []
        for edge, values in upward:
            own = self._rows[edge.source].keys()
            for part in values.batches():
                shared = await self._referred_by_others(edge, part, own)
                rows = await self._select(edge.target, [Equal(edge.target_columns, part)])
                columns = self._wanted(edge.target)
                for row in rows:
                    value = joined([named(columns, row)[one] for one in edge.target_columns])
                    if value in shared:
                        self._doubt(edge.target, {row.key})
                    else:
                        self._absorb(edge.target, [row])

    async def _referred_by_others(self, edge: Edge, values: list[str], own: Keys) -> set[str]:
        """Return those of the values that rows of somebody else hold too."""
        table = table_of(edge.source, self._graph.nodes[edge.source])
        where = Equal(edge.source_columns, values)

        async def others(reader: Reader) -> set[str]:
            found: set[str] = set()
            async for batch in reader.rows(table, where, edge.source_columns):
                strange = (joined(row.values) for row in batch if row.key not in own)
                found.update(value for value in strange if value is not None)
            return found

        return await self._readers.ask(edge.source.system, others)

    async def _by_identity(self, identity: Identity) -> None:
        """Add the rows that carry an identity, unless several people carry it (VER-18)."""
        hits = {
            node: await self._carrying(node, identity)
            for node, collection in self._graph.nodes.items()
            if any(one.meta.identity == identity[0] for one in collection.leaves)
        }
        if shared := self._shared(hits):
            self._identities[identity] = False
        for node, rows in hits.items():
            strange = {
                row.key
                for row in rows
                if shared or self._foreign(node, row) or self._names_others(node, row)
            }
            self._doubt(node, strange)
            self._absorb(node, [row for row in rows if row.key not in strange])

    async def _carrying(self, node: Node, identity: Identity) -> list[Row]:
        return await self._select(node, identity_where(self._graph.nodes[node], *identity))

    async def _select(self, node: Node, selections: Sequence[Where]) -> list[Row]:
        """Return rows of any of the selections, once each."""
        table = table_of(node, self._graph.nodes[node])
        rows: dict[str, Row] = {}

        async def selected(reader: Reader) -> None:
            for where in selections:
                async for batch in reader.rows(table, where, self._wanted(node)):
                    rows.update((row.key, row) for row in batch)

        await self._readers.ask(node.system, selected)
        return list(rows.values())

    def _shared(self, hits: Mapping[Node, Sequence[Row]]) -> bool:
        """Whether somebody else's own row carries the identity too."""
        for node, rows in hits.items():
            if not self._graph.is_person(node):
                continue
            known = self._people.get(node, set())
            others = [row for row in rows if row.key not in known]
            if len(others) > 1 or (others and (known or self._foreign(node, others[0]))):
                return True
        return False

    def _foreign(self, node: Node, row: Row) -> bool:
        if row.key in self._people.get(node, ()):
            return False
        theirs = self._profile(node, row)
        return any(ours.contradicts(theirs) for ours in self._profiles)

    def _names_others(self, node: Node, row: Row) -> bool:
        """Whether a row lists addresses of which some are not known to be the person's."""
        if self._graph.is_person(node):
            return False
        values = named(self._wanted(node), row)
        for one in self._graph.nodes[node].leaves:
            if (identity := one.meta.identity) and (stored := values[one.name]):
                listed = {(identity, each) for each in identity_values(identity, stored)}
                if len(listed) > 1 and not listed <= self._identities.keys():
                    return True
        return False

    def _doubt(self, node: Node, keys: set[str]) -> None:
        if keys:
            self._doubtful.setdefault(node, set()).update(keys)

    async def _absorb_where(self, node: Node, where: Where) -> None:
        table = table_of(node, self._graph.nodes[node])

        async def selected(reader: Reader) -> None:
            async for batch in reader.rows(table, where, self._wanted(node)):
                self._absorb(node, batch)

        await self._readers.ask(node.system, selected)

    def _absorb(self, node: Node, rows: Sequence[Row]) -> None:
        self._rows.setdefault(node, KeyBag()).add(row.key for row in rows)
        columns = self._wanted(node)
        for edge in self._graph.out_of(node):
            values = {joined([named(columns, row)[c] for c in edge.source_columns]) for row in rows}
            self._queue(edge, {value for value in values if value is not None})
        if self._graph.is_person(node):
            known = self._people.setdefault(node, set())
            for row in rows:
                if row.key not in known:
                    known.add(row.key)
                    self._learn(node, row)

    def _queue(self, edge: Edge, values: set[str]) -> None:
        """Note where to look next; a value that was sought along the edge is not sought again."""
        if fresh := self._sought.setdefault(edge, Seen()).fresh(values):
            later = self._upward if self._graph.is_upward(edge) else self._todo
            later.append((edge, Keys(fresh)))

    def _learn(self, node: Node, row: Row) -> None:
        self._profiles.append(self._profile(node, row))
        values = named(self._wanted(node), row)
        for one in self._graph.nodes[node].leaves:
            if (identity := one.meta.identity) and (stored := values[one.name]):
                for value in identity_values(identity, stored):
                    self._identities.setdefault((identity, value), True)

    def _profile(self, node: Node, row: Row) -> Profile:
        return profile(self._points[node], named(self._wanted(node), row))

    def _wanted(self, node: Node) -> Columns:
        """Columns to read: those that lead on, identities, and what tells people apart."""
        leading = [column for edge in self._graph.out_of(node) for column in edge.source_columns]
        leading += [column for edge in self._graph.into(node) for column in edge.target_columns]
        carries = [one.name for one in self._graph.nodes[node].leaves if one.meta.identity]
        apart: Sequence[PointColumns] = (
            self._points[node] if carries or self._is_person(node) else ()
        )
        return tuple(dict.fromkeys([*leading, *carries, *profile_columns(apart)]))

    def _is_person(self, node: Node) -> bool:
        return self._graph.is_person(node)

    def _finding(self) -> Finding:
        rows = {node: bag.keys() for node, bag in sorted(self._rows.items())}
        doubtful = {
            node: Keys(key for key in keys if key not in rows.get(node, ()))
            for node, keys in sorted(self._doubtful.items())
        }
        return Finding(
            rows={node: keys for node, keys in rows.items() if keys},
            links=self._links(),
            identities=tuple(one for one, usable in self._identities.items() if usable),
            doubtful={node: keys for node, keys in doubtful.items() if keys},
        )

    def _links(self) -> dict[tuple[Node, Columns], Keys]:
        links: dict[tuple[Node, Columns], list[Keys]] = {}
        for edge, seen in self._sought.items():
            if edge.source_columns != self._graph.nodes[edge.source].key:
                links.setdefault((edge.source, edge.source_columns), []).append(seen.keys())
        return {place: Keys.joined(parts) for place, parts in links.items()}
