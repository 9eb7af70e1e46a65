"""How rows belong to rows: the edges between collections, read from the map's references."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from datamap.schema import Collection, DataMap, MapField, Reference, Role


@dataclass(frozen=True, order=True)
class Node:
    """A collection of a system."""

    system: str
    collection: str

    def __str__(self) -> str:
        return f"{self.system}.{self.collection}"


@dataclass(frozen=True, order=True)
class Edge:
    """Rows of ``target`` whose columns equal those of a row of ``source`` follow that row."""

    source: Node
    source_columns: tuple[str, ...]
    target: Node
    target_columns: tuple[str, ...]


class Graph:
    """The edges of a data map, and the questions that are asked of them."""

    def __init__(self, datamap: DataMap) -> None:
        self.nodes = {Node(system, one.name): one for system, one in datamap.collections()}
        self.edges = tuple(sorted(set(_edges(datamap, self.nodes))))
        self._out: dict[Node, list[Edge]] = defaultdict(list)
        self._in: dict[Node, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            self._out[edge.source].append(edge)
            self._in[edge.target].append(edge)

    def out_of(self, node: Node) -> list[Edge]:
        """Edges along which rows of ``node`` lead to further rows."""
        return self._out[node]

    def into(self, node: Node) -> list[Edge]:
        """Edges along which rows of ``node`` are found."""
        return self._in[node]

    def is_person(self, node: Node) -> bool:
        """Whether each row of the collection stands for one person."""
        return Role.PERSON in self.nodes[node].privacy.role

    def is_upward(self, edge: Edge) -> bool:
        """Whether the edge leads to a row that others may refer to as well: an address, a plan."""
        to_key = edge.target_columns == self.nodes[edge.target].key
        return to_key and edge.source_columns != self.nodes[edge.source].key

    def owned_by_person(self) -> frozenset[Node]:
        """Collections whose rows are found from a person's row, person collections included."""
        return self._reached({node for node in self.nodes if self.is_person(node)})

    def unreachable(self) -> list[Node]:
        """Personal collections that neither a person's row nor an identity leads to."""
        starts = {
            node
            for node, collection in self.nodes.items()
            if self.is_person(node) or any(field.meta.identity for field in collection.leaves)
        }
        return sorted(set(self.nodes) - self._reached(starts))

    def _reached(self, starts: set[Node]) -> frozenset[Node]:
        reached, frontier = set(starts), list(starts)
        while frontier:
            for edge in self._out[frontier.pop()]:
                if edge.target not in reached:
                    reached.add(edge.target)
                    frontier.append(edge.target)
        return frozenset(reached)


def _edges(datamap: DataMap, nodes: dict[Node, Collection]) -> Iterator[Edge]:
    for node, collection in nodes.items():
        singles: list[tuple[Edge, bool]] = []
        for field in collection.fields:
            for reference in field.meta.references:
                other = Node(reference.dataset, reference.collection)
                if other in nodes:
                    singles.append(_edge(node, field, other, reference, nodes[other]))
        yield from _joined(singles, nodes)


def _edge(
    node: Node, field: MapField, other: Node, reference: Reference, there: Collection
) -> tuple[Edge, bool]:
    """Return the edge of one reference, and whether the referring side is its target."""
    key_here = field.meta.primary_key
    key_there = reference.column in there.key
    follows_these = reference.direction == "to" or (
        reference.direction is None and key_here and not key_there
    )
    if follows_these:
        return Edge(node, (field.name,), other, (reference.column,)), False
    return Edge(other, (reference.column,), node, (field.name,)), True


def _joined(singles: list[tuple[Edge, bool]], nodes: dict[Node, Collection]) -> Iterator[Edge]:
    """Join references to the several columns of one primary key into one composite edge."""
    groups: dict[tuple[Node, Node, bool], list[Edge]] = defaultdict(list)
    for edge, referring_is_target in singles:
        groups[edge.source, edge.target, referring_is_target].append(edge)
    for (source, target, referring_is_target), edges in groups.items():
        key = nodes[source].key if referring_is_target else nodes[target].key
        sides = [e.source_columns[0] if referring_is_target else e.target_columns[0] for e in edges]
        if len(key) > 1 and sorted(sides) == sorted(key):
            yield Edge(
                source,
                tuple(edge.source_columns[0] for edge in edges),
                target,
                tuple(edge.target_columns[0] for edge in edges),
            )
        else:
            yield from edges
