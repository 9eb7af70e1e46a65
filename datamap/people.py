"""Persons as the systems know them: rows, the facts on them, and when two rows are one person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from datamap.connectors.base import Alike, Equal, Row, Table, Where, encode_key
from datamap.connectors.readers import Readers
from datamap.graph import Edge, Graph, Node
from datamap.normalise import MAILS, fold, names_contradict, several
from datamap.schema import IDENTITY_POINTS, WRITTEN_IN_PARTS, Collection
from domain.vocabulary import PointOfIdentity


class PersonKeys(BaseModel):
    """Which rows stand for one person. Keys are personal data: vault only, never Temporal."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    rows: tuple["RowRef", ...] = Field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.rows)

    def are_of(self, other: "PersonKeys") -> bool:
        """Tell whether both stand for one person: one's rows are all among the other's."""
        ours, theirs = set(self.rows), set(other.rows)
        return bool(ours and theirs) and (ours <= theirs or theirs <= ours)


class RowRef(BaseModel):
    """One row of a collection."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    system: str
    collection: str
    key: str = Field(repr=False)

    @property
    def node(self) -> Node:
        """The collection that the row stands in."""
        return Node(self.system, self.collection)


PersonKeys.model_rebuild()


@dataclass(frozen=True)
class PointColumns:
    """The columns of a collection that together hold one point of identity."""

    node: Node
    kind: PointOfIdentity
    columns: tuple[str, ...]
    identity: str | None = None


@dataclass(frozen=True)
class Profile:
    """The facts that stand on a person's own row."""

    facts: Mapping[PointOfIdentity, frozenset[str]] = field(repr=False)

    def holds(self, kind: PointOfIdentity) -> bool:
        """Whether any value of the kind is on file."""
        return bool(self.facts.get(kind))

    @property
    def mails(self) -> frozenset[str]:
        """Every mailbox on file, folded."""
        return frozenset(fold(kind, one) for kind in MAILS for one in self.facts.get(kind, ()))

    def contradicts(self, other: "Profile") -> bool:
        """Whether name or birth date show that the two are different people."""
        names = _pairs(self, other, PointOfIdentity.FULL_NAME)
        births = _pairs(self, other, PointOfIdentity.BIRTH_DATE)
        return any(names_contradict(a, b) for a, b in names) or any(a != b for a, b in births)


def _pairs(one: Profile, other: Profile, kind: PointOfIdentity) -> Iterator[tuple[str, str]]:
    for ours in one.facts.get(kind, ()):
        for theirs in other.facts.get(kind, ()):
            yield ours, theirs


def table_of(node: Node, collection: Collection) -> Table:
    """Return a collection as connectors see it."""
    return Table(node.collection, collection.key)


def points_of(node: Node, collection: Collection) -> list[PointColumns]:
    """List the points of identity that a collection holds (parts of one value joined)."""
    points: dict[PointOfIdentity, list[str]] = {}
    found: list[PointColumns] = []
    for one in collection.leaves:
        if (kind := one.point) is None:
            continue
        if kind in WRITTEN_IN_PARTS:
            points.setdefault(kind, []).append(one.name)
        else:
            found.append(PointColumns(node, kind, (one.name,), one.meta.identity))
    return found + [PointColumns(node, kind, tuple(names)) for kind, names in points.items()]


def profile_columns(points: Sequence[PointColumns]) -> tuple[str, ...]:
    """Return the columns to read for a profile."""
    return tuple(dict.fromkeys(column for point in points for column in point.columns))


def profile(points: Sequence[PointColumns], values: Mapping[str, str | None]) -> Profile:
    """Return the facts on a row whose columns have ``values``."""
    facts: dict[PointOfIdentity, set[str]] = {}
    for point in points:
        parts = [part for part in (values.get(column) for column in point.columns) if part]
        if parts:
            facts.setdefault(point.kind, set()).update(several(point.kind, " ".join(parts)))
    return Profile({kind: frozenset(held) for kind, held in facts.items()})


def identity_where(collection: Collection, identity: str, value: str) -> list[Where]:
    """Return the selections of rows that carry an identity's value, one per column of it."""
    selections: list[Where] = []
    for one in collection.leaves:
        if one.meta.identity != identity:
            continue
        kind = one.point
        if kind is None:
            selections.append(Equal((one.name,), (value,)))
        else:
            selections.append(Alike(kind, (one.name,), (fold(kind, value),)))
    return selections


def identity_values(identity: str, stored: str) -> list[str]:
    """Return the values that a column holds, in the form in which they are remembered."""
    kind = IDENTITY_POINTS.get(identity)
    return [fold(kind, one) for one in several(kind, stored)] if kind else [stored]


class Climber:
    """Finds the persons that rows belong to, against the direction of the edges."""

    def __init__(self, graph: Graph, readers: Readers) -> None:
        self._graph = graph
        self._readers = readers
        self._owned = graph.owned_by_person()

    async def persons(self, node: Node, keys: Sequence[str]) -> dict[str, set[RowRef]]:
        """Return for each row the persons it belongs to; rows of nobody are absent."""
        owners: dict[str, set[RowRef]] = {}
        for edge in self._graph.into(node):
            if edge.source != node and edge.source in self._owned and keys:
                for key, found in (await self._along(edge, keys)).items():
                    owners.setdefault(key, set()).update(found)
        if self._graph.is_person(node):
            for key in keys:
                owners.setdefault(key, {_row_ref(node, key)})
        return owners

    async def _along(self, edge: Edge, keys: Sequence[str]) -> dict[str, set[RowRef]]:
        below = await self._values(edge.target, keys, edge.target_columns)
        above: dict[str, set[str]] = {}
        reader = await self._readers.of(edge.source.system)
        where = Equal(edge.source_columns, sorted(set(below.values())))
        table = table_of(edge.source, self._graph.nodes[edge.source])
        async for batch in reader.rows(table, where, edge.source_columns):
            for row in batch:
                above.setdefault(joined(row.values) or "", set()).add(row.key)
        parents = sorted({key for keys_above in above.values() for key in keys_above})
        persons = await self.persons(edge.source, parents)
        return {
            key: {who for parent in above.get(value, ()) for who in persons.get(parent, ())}
            for key, value in below.items()
            if above.get(value)
        }

    async def _values(
        self, node: Node, keys: Sequence[str], columns: tuple[str, ...]
    ) -> dict[str, str]:
        reader = await self._readers.of(node.system)
        table = table_of(node, self._graph.nodes[node])
        values: dict[str, str] = {}
        async for batch in reader.rows(table, Equal(table.key, keys), columns):
            for row in batch:
                if (value := joined(row.values)) is not None:
                    values[row.key] = value
        return values


def joined(values: Sequence[str | None]) -> str | None:
    """Return the encoded value of several columns; None if one of them is null."""
    present = [value for value in values if value is not None]
    return encode_key(present) if len(present) == len(values) else None


def named(columns: Sequence[str], row: Row) -> dict[str, str | None]:
    """Return a row's values by the names of the columns that were asked for."""
    return dict(zip(columns, row.values, strict=True))


def _row_ref(node: Node, key: str) -> RowRef:
    return RowRef(system=node.system, collection=node.collection, key=key)
