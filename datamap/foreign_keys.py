"""What the map must say about foreign keys into tables whose rows are deleted."""

from collections.abc import Iterator

from datamap.connectors.base import Catalogue, ForeignKey
from datamap.graph import Graph, Node
from datamap.ordering import deletion_groups
from datamap.remarks import Code, Remark, error, warning
from datamap.schema import Collection, Dataset, Erasure


def judged_keys(dataset: Dataset, graph: Graph, live: Catalogue) -> Iterator[Remark]:
    """Return remarks on foreign keys without an action, and on rings of them."""
    deleted = {
        collection.name
        for collection in dataset.collections
        if collection.personal and collection.erasure is Erasure.DELETE
    }
    for child, table in sorted(live.tables.items()):
        for key in table.foreign_keys:
            if key.parent in deleted:
                yield from _judge(dataset, graph, live, child, key)
    yield from _strict_rings(dataset, live, deleted)
    yield from _self_references(dataset, graph)


def loosened(collection: Collection | None, live: Catalogue, child: str, key: ForeignKey) -> str:
    """Return the column of a foreign key that may be set to null, or an empty text."""
    for column in key.columns:
        field = collection.field(column) if collection else None
        said = field is not None and field.privacy.when_parent_erased == "detach"
        if live.tables[child].columns[column].nullable and (said or key.on_delete == "set null"):
            return column
    return ""


def _judge(
    dataset: Dataset, graph: Graph, live: Catalogue, child: str, key: ForeignKey
) -> Iterator[Remark]:
    collection = dataset.collection(child)
    if loosened(collection, live, child, key):
        return
    followed = _is_followed(dataset, graph, child, key)
    goes = collection is not None and collection.personal and collection.erasure is Erasure.DELETE
    if followed and goes:
        return
    place = f"{dataset.fides_key}.{child}.{', '.join(key.columns)}"
    problem = f"refers to rows of {key.parent} that a deletion removes, and nothing says what then"
    yield error(Code.FOREIGN_KEY, place, problem, _fix(live, child, key, followed))


def _fix(live: Catalogue, child: str, key: ForeignKey, followed: bool) -> str:
    nullable = any(live.tables[child].columns[column].nullable for column in key.columns)
    detach = (
        "Give the column `when_parent_erased: detach`"
        if nullable
        else "Let the column be null and give it `when_parent_erased: detach`"
    )
    if followed:
        return f"{detach}, or erase {key.parent} by `overwrite` so that its rows stay"
    return f"{detach}, or add a reference to {key.parent} so that the rows go too"


def _is_followed(dataset: Dataset, graph: Graph, child: str, key: ForeignKey) -> bool:
    """Whether the map leads along the key, down to the child or up to what it alone refers to."""
    node, parent = Node(dataset.fides_key, child), Node(dataset.fides_key, key.parent)
    if node not in graph.nodes or parent not in graph.nodes:
        return False
    pairs = sorted(zip(key.parent_columns, key.columns, strict=True))
    down = [
        sorted(zip(edge.source_columns, edge.target_columns, strict=True))
        for edge in graph.into(node)
        if edge.source == parent
    ]
    up = [
        sorted(zip(edge.target_columns, edge.source_columns, strict=True))
        for edge in graph.out_of(node)
        if edge.target == parent
    ]
    return pairs in down or pairs in up


def _strict_rings(dataset: Dataset, live: Catalogue, deleted: set[str]) -> Iterator[Remark]:
    parents = {
        name: {key.parent for key in live.tables[name].foreign_keys}
        for name in deleted & set(live.tables)
    }
    for group in deletion_groups(parents, parents):
        strict = [
            f"{name}.{key.name}"
            for name in group
            for key in live.tables[name].foreign_keys
            if len(group) > 1 and key.parent in group and key.on_delete == "restrict"
        ]
        if strict:
            place = f"{dataset.fides_key}.{group[0]}"
            problem = f"its rows can never be deleted: a ring of ON DELETE RESTRICT ({strict[0]})"
            yield error(Code.RING, place, problem, "Use ON DELETE NO ACTION in one of them")


def _self_references(dataset: Dataset, graph: Graph) -> Iterator[Remark]:
    for edge in graph.edges:
        if edge.source == edge.target and edge.source.system == dataset.fides_key:
            yield warning(
                Code.RING,
                str(edge.source),
                "refers to itself by the map: rows of others that refer to a person's row count "
                "as that person's",
                "Take the reference out unless that is meant; use `when_parent_erased: detach`",
            )
