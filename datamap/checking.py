"""Compares the map with the live systems: what it misses, what it gets wrong, what will be slow."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel, ConfigDict

from datamap.connectors.base import Catalogue, Connector, LiveTable
from datamap.connectors.readers import connector_of
from datamap.errors import DataMapError, PlanBlocked
from datamap.foreign_keys import judged_keys
from datamap.graph import Graph, Node
from datamap.indexes import missing_indexes
from datamap.looks import by_name
from datamap.remarks import DRIFT, Code, Remark, Severity, error, warning
from datamap.schema import Collection, DataMap, Dataset, Erasure, MapField
from datamap.tombstones import written_over
from domain.vocabulary import PointOfIdentity

_FAMILIES: Mapping[str, frozenset[str]] = {
    "integer": frozenset({"smallint", "integer", "bigint", "numeric", "oid"}),
    "float": frozenset({"real", "double precision", "numeric"}),
    "boolean": frozenset({"boolean"}),
    "object": frozenset({"json", "jsonb", "hstore"}),
    "object_id": frozenset({"text", "character varying", "character", "uuid"}),
}
"""Fides data types, and the live types that they may stand for; ``string`` stands for any."""


class Labels(BaseModel):
    """Codes that the policy's own tables know (KNO-12, RED); None: not compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    categories: frozenset[str]
    sources: frozenset[str]
    purposes: frozenset[str]
    recipients: frozenset[str]
    never_disclosed: frozenset[str]


async def check(
    connectors: Mapping[str, Connector], datamap: DataMap, labels: Labels | None = None
) -> list[Remark]:
    """Return everything that is wrong or doubtful, system by system.

    A system that cannot be reached is a remark too, so that the others are still checked.
    """
    remarks = [*_labels(datamap, labels)] if labels else []
    for dataset in datamap.dataset:
        try:
            async with connector_of(connectors, dataset.fides_key).reading() as reader:
                live = await reader.catalogue()
        except DataMapError as problem:
            remarks.append(_unreachable(dataset, problem))
            continue
        remarks += compare(dataset, datamap, live)
    return sorted(remarks, key=lambda one: (one.severity, one.place, one.code))


def compare(dataset: Dataset, datamap: DataMap, live: Catalogue) -> list[Remark]:
    """Compare one system's map with its live catalogue."""
    graph = Graph(datamap)
    return [
        *drift(dataset, live),
        *_other_schemas(dataset, live),
        *_copies(dataset, live),
        *_types(dataset, live),
        *_emptied(dataset, live),
        *judged_keys(dataset, graph, live),
        *missing_indexes(dataset, graph, live),
        *_addresses(dataset, graph),
        *_looks(dataset),
    ]


def drift(dataset: Dataset, live: Catalogue) -> list[Remark]:
    """Return only what must stop an erasure: tables and columns that one side does not know."""
    if not live.told:
        return []
    remarks = [*_unmapped_tables(dataset, live)]
    for collection in dataset.collections:
        table = live.tables.get(collection.name)
        if table is None:
            place = f"{dataset.fides_key}.{collection.name}"
            remarks.append(_missing_table(place))
        else:
            remarks += _columns(dataset, collection, table)
            remarks += _shared_key(dataset, collection, table)
    return [one for one in remarks if one.code in DRIFT]


def is_red(remarks: Iterable[Remark]) -> bool:
    """Tell whether the check failed."""
    return any(one.severity is Severity.ERROR for one in remarks)


def _unreachable(dataset: Dataset, problem: DataMapError) -> Remark:
    return error(
        Code.UNREACHABLE_SYSTEM, dataset.fides_key, str(problem).rstrip("."), "Then check again"
    )


def _unmapped_tables(dataset: Dataset, live: Catalogue) -> Iterator[Remark]:
    fix = "Add it to the map; with `skip_processing: true` if it holds no personal data"
    for name in _unknown_tables(dataset, live):
        if "." not in name:
            place = f"{dataset.fides_key}.{name}"
            yield error(Code.UNMAPPED_TABLE, place, "the map does not know this table", fix)


def _other_schemas(dataset: Dataset, live: Catalogue) -> Iterator[Remark]:
    elsewhere = [name for name in _unknown_tables(dataset, live) if "." in name]
    for name in sorted({name.partition(".")[0] for name in elsewhere}):
        yield warning(
            Code.OTHER_SCHEMA,
            f"{dataset.fides_key}.{name}",
            "the database has this schema too, and the map of the system does not speak of it",
            "If it holds personal data, add a dataset with `namespace: {schema: ...}` for it",
        )


def _copies(dataset: Dataset, live: Catalogue) -> Iterator[Remark]:
    for name in live.copies:
        yield warning(
            Code.COPY,
            f"{dataset.fides_key}.{name}",
            "is a materialised view or a foreign table: an erasure does not reach the copies in it",
            "Refresh it after erasures, or map the system that it comes from",
        )


def _unknown_tables(dataset: Dataset, live: Catalogue) -> list[str]:
    return sorted(set(live.tables) - {collection.name for collection in dataset.collections})


def _missing_table(place: str) -> Remark:
    problem = "the map names a table that the system does not have"
    return error(Code.MISSING_TABLE, place, problem, "Correct its name or take it out of the map")


def _columns(dataset: Dataset, collection: Collection, table: LiveTable) -> Iterator[Remark]:
    place = f"{dataset.fides_key}.{collection.name}"
    mapped = {one.name for one in collection.fields}
    for name in sorted(set(table.columns) - mapped):
        look = by_name(name)
        hint = f", which looks like {look.data_category}" if look else ""
        yield error(
            Code.UNMAPPED_COLUMN,
            f"{place}.{name}",
            f"the map does not know this column{hint}",
            "Add it under `fields`, with a category if it says something about a person",
        )
    for name in sorted(mapped - set(table.columns)):
        yield error(
            Code.MISSING_COLUMN,
            f"{place}.{name}",
            "the map names a column that the table does not have",
            "Correct its name or take it out of the map",
        )
    if table.key and collection.personal and set(table.key) != set(collection.key):
        yield error(
            Code.KEY_DIFFERS,
            place,
            f"its key is ({', '.join(table.key)}), not ({', '.join(collection.key)})",
            "Give `primary_key: true` to exactly the columns of its key",
        )


def _shared_key(dataset: Dataset, collection: Collection, table: LiveTable) -> Iterator[Remark]:
    """A key that two people's rows may share would erase somebody else's."""
    if table.key or not collection.personal or dataset.privacy.connector != "postgres":
        return
    whose = {one.name for one in collection.fields if one.meta.references or one.meta.identity}
    is_unique = any(columns <= set(collection.key) for columns in table.unique)
    if not is_unique and not whose & set(collection.key):
        yield error(
            Code.KEY_NOT_UNIQUE,
            f"{dataset.fides_key}.{collection.name}",
            "the table has no primary key, and rows of two people may share "
            f"({', '.join(collection.key)})",
            "Give `primary_key: true` to the column that says whose row it is too, or give the "
            "table a primary key",
        )


def _types(dataset: Dataset, live: Catalogue) -> Iterator[Remark]:
    for collection, one, column_type in _live_fields(dataset, live):
        family = _FAMILIES.get((one.meta.data_type or "").removesuffix("[]"))
        if family is not None and column_type.removesuffix("[]") not in family:
            yield error(
                Code.TYPE_DIFFERS,
                f"{dataset.fides_key}.{collection.name}.{one.name}",
                f"its type is {column_type}, the map says {one.meta.data_type}",
                "Correct `data_type`, or the column if it holds something else now",
            )


def _live_fields(dataset: Dataset, live: Catalogue) -> Iterator[tuple[Collection, MapField, str]]:
    for collection in dataset.collections:
        table = live.tables.get(collection.name)
        for one in collection.fields:
            if table is not None and (column := table.columns.get(one.name)):
                yield collection, one, column.type


def _emptied(dataset: Dataset, live: Catalogue) -> Iterator[Remark]:
    for collection in dataset.collections:
        table = live.tables.get(collection.name)
        if table is None or collection.erasure in {Erasure.DELETE, Erasure.KEEP}:
            continue
        place = f"{dataset.fides_key}.{collection.name}"
        try:
            written_over(place, collection, dict(table.columns), "pseudonym")
        except PlanBlocked as blocked:
            for obstacle in blocked.obstacles:
                where, _, problem = obstacle.partition(": ")
                fix = "Change the map as said"
                yield error(Code.CANNOT_BE_EMPTIED, where, problem.rstrip("."), fix)


def _addresses(dataset: Dataset, graph: Graph) -> Iterator[Remark]:
    owned = graph.owned_by_person()
    for collection in dataset.collections:
        if Node(dataset.fides_key, collection.name) not in owned:
            continue
        for one in collection.fields:
            if one.point is PointOfIdentity.EMAIL and not one.privacy.changed_at:
                yield warning(
                    Code.UNDATED_ADDRESS,
                    f"{dataset.fides_key}.{collection.name}.{one.name}",
                    "nothing says since when the address is held, so no package can go to it "
                    "(VER-17)",
                    "Add `changed_at` with the columns that date it",
                )


def _looks(dataset: Dataset) -> Iterator[Remark]:
    for collection in dataset.collections:
        dates = {column for one in collection.fields for column in one.privacy.changed_at}
        for one in collection.fields:
            look, said = by_name(one.name), one.privacy
            silent = not (one.data_categories or said.category or one.point or said.free_text)
            spoken_for = one.meta.references or one.name in dates
            if look is not None and silent and not spoken_for:
                yield warning(
                    Code.LOOKS_PERSONAL,
                    f"{dataset.fides_key}.{collection.name}.{one.name}",
                    f"its name looks like {look.data_category}, but the map gives no category",
                    f"Add `category: {look.category}`, or another name in the system",
                )


def _labels(datamap: DataMap, labels: Labels) -> Iterator[Remark]:
    for dataset in datamap.dataset:
        yield from _unknown(dataset.fides_key, "source", dataset.privacy.sources, labels.sources)
        yield from _unknown(dataset.fides_key, "purpose", dataset.privacy.purposes, labels.purposes)
        yield from _unknown(
            dataset.fides_key, "recipient", dataset.privacy.recipients, labels.recipients
        )
        for collection in dataset.collections:
            yield from _collection_labels(dataset, collection, labels)


def _collection_labels(
    dataset: Dataset, collection: Collection, labels: Labels
) -> Iterator[Remark]:
    place, said = f"{dataset.fides_key}.{collection.name}", collection.privacy
    yield from _unknown(place, "source", said.sources, labels.sources)
    yield from _unknown(place, "purpose", said.purposes, labels.purposes)
    recipients = (*said.recipients, *said.sold_or_shared_with)
    yield from _unknown(place, "recipient", recipients, labels.recipients)
    for one in collection.fields:
        field = f"{place}.{one.name}"
        yield from _unknown(field, "category", _given(one.privacy.category), labels.categories)
        never = _given(one.privacy.never_disclose)
        yield from _unknown(field, "never-disclose type", never, labels.never_disclosed)


def _given(label: str | None) -> tuple[str, ...]:
    return (label,) if label else ()


def _unknown(
    place: str, kind: str, given: Iterable[str], known: frozenset[str]
) -> Iterator[Remark]:
    for label in given:
        if label not in known:
            yield error(
                Code.UNKNOWN_LABEL,
                place,
                f"the policy has no {kind} `{label}` (KNO-12)",
                f"Use one of {', '.join(sorted(known))}",
            )
