"""Which lookups would read a whole table."""

import re
from collections.abc import Iterator

from datamap.connectors import postgres_sql
from datamap.connectors.base import Catalogue, LiveTable
from datamap.graph import Graph, Node
from datamap.normalise import NUMBERS
from datamap.people import points_of
from datamap.remarks import Code, Remark, warning
from datamap.schema import Dataset
from domain.vocabulary import PointOfIdentity

_UNRELIABLE = frozenset(
    {PointOfIdentity.FULL_NAME, PointOfIdentity.EMPLOYER, PointOfIdentity.JOB_TITLE}
)
"""Points that are compared but never searched for (VER-19)."""


def missing_indexes(dataset: Dataset, graph: Graph, live: Catalogue) -> Iterator[Remark]:
    """Return a warning, with the statement to run, for each lookup without an index."""
    if dataset.privacy.connector != "postgres":
        return
    for collection in dataset.collections:
        node = Node(dataset.fides_key, collection.name)
        table = live.tables.get(collection.name)
        if table is None or node not in graph.nodes:
            continue
        columns = [edge.target_columns[0] for edge in graph.into(node)]
        upward = filter(graph.is_upward, graph.out_of(node))
        columns += [edge.source_columns[0] for edge in upward]
        wanted = dict.fromkeys(map(postgres_sql.quoted, columns))
        wanted |= dict.fromkeys(_identities(node, graph, table))
        indexed = {_bare(expression) for expression in table.indexed}
        for expression in wanted:
            if _bare(expression) not in indexed:
                yield _remark(dataset, collection.name, expression)


def _remark(dataset: Dataset, name: str, expression: str) -> Remark:
    table = postgres_sql.qualified(name, dataset.schema_name)
    return warning(
        Code.NO_INDEX,
        f"{dataset.fides_key}.{name}",
        "every request would read the whole table for want of an index",
        f"Run CREATE INDEX ON {table} ({expression})",
    )


def _identities(node: Node, graph: Graph, table: LiveTable) -> Iterator[str]:
    types = {name: column.type for name, column in table.columns.items()}
    for point in points_of(node, graph.nodes[node]):
        listed = any(types.get(name, "[]").endswith("[]") for name in point.columns)
        if point.kind in _UNRELIABLE or listed:
            continue
        plain = point.kind in NUMBERS or (
            point.kind is PointOfIdentity.BIRTH_DATE and types[point.columns[0]] == "date"
        )
        if plain:
            yield postgres_sql.quoted(point.columns[0])
        else:
            yield postgres_sql.folded(point.kind, point.columns, types)
    for field in graph.nodes[node].fields:
        if field.meta.identity and field.point is None:
            yield postgres_sql.quoted(field.name)


def _bare(expression: str) -> str:
    """Return an expression without what the server adds when it prints one."""
    printed = expression.lower().replace("\\\\", "\\")
    return re.sub(r"::(text|character varying|date)|[\"()\s]|\be(?=')", "", printed)
