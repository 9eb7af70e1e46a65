"""Where values that a person disputes came from, by the map's labels (COR-02, COR-10)."""

from collections.abc import Collection

from datamap.disclosure.said import Said
from datamap.finding import Finding
from datamap.graph import Graph
from datamap.schema import DataMap


def sources_of(datamap: DataMap, finding: Finding, fields: Collection[str]) -> tuple[str, ...]:
    """Return the policy's codes of where rows of a person came from that hold disputed points."""
    said, graph = Said(datamap), Graph(datamap)
    holding = [
        node
        for node in finding.rows
        if any(one.point in fields for one in graph.nodes[node].leaves if one.point)
    ]
    return tuple(dict.fromkeys(code for node in holding for code in said.sources(node)))
