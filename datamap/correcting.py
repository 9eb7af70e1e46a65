"""Corrections: the approved value replaces the old one, is read back, and kept (COR-04)."""

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from datamap.connectors.base import Change, Connector, Equal, Reader, Row, Table, batched
from datamap.connectors.readers import Readers, connector_of
from datamap.errors import NotCorrectable
from datamap.finding import find
from datamap.graph import Graph, Node
from datamap.people import PersonKeys, RowRef, table_of
from datamap.schema import DataMap
from domain.vocabulary import PointOfIdentity


class Correction(BaseModel):
    """One field of one row, what it holds and what it is to hold. Vault only.

    Kept after it was made, it is the pin that feeds must not break.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    row: RowRef
    field: str
    expected: str | None = Field(repr=False)
    value: str | None = Field(repr=False)

    @property
    def place(self) -> str:
        """The field with its collection and system."""
        return f"{self.row.node}.{self.field}"


class Corrected(BaseModel):
    """What came of corrections, by the names of fields; nothing but names and counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    written: dict[str, int] = Field(description="Fields that hold the approved value, re-read.")
    changed_meanwhile: tuple[str, ...] = Field(
        description="Fields that held something else than what was approved against: untouched."
    )
    not_verified: tuple[str, ...] = Field(
        description="Fields that do not hold the value after all: the correction has failed."
    )

    @property
    def holds(self) -> bool:
        """Whether every correction is proven made."""
        return not (self.changed_meanwhile or self.not_verified)


def any_sensitive(datamap: DataMap, names: Collection[str]) -> bool:
    """Tell whether any of the fields that a correction names is sensitive (VER, section 3).

    A field is named by its own name or by the point of identity that it holds.
    """
    return any(
        (one.privacy.spi or one.privacy.never_disclose)
        and not {one.name, one.privacy.point}.isdisjoint(names)
        for _, collection in datamap.collections()
        for one in collection.leaves
    )


async def propose(
    connectors: Mapping[str, Connector],
    datamap: DataMap,
    person: PersonKeys,
    point: PointOfIdentity,
    value: str,
) -> tuple[Correction, ...]:
    """Return a correction for every correctable column of a point on the person's rows.

    A row that holds the value already is among them: a step that is tried again after it wrote
    finds what it wrote, and such a row is kept corrected like the others.
    A point written in parts (an address) needs a person to say which part goes where: for it,
    build corrections by hand. Raises ``SystemFailed``.
    """
    graph = Graph(datamap)
    finding = await find(connectors, datamap, person)
    proposed: list[Correction] = []
    async with Readers(connectors) as readers:
        for node, keys in finding.rows.items():
            for name in _correctable(graph, node, point):
                reader = await readers.of(node.system)
                rows = await _read(reader, table_of(node, graph.nodes[node]), list(keys), name)
                proposed += [
                    Correction(row=_ref(node, row), field=name, expected=row.values[0], value=value)
                    for row in rows
                    if row.values[0] is not None
                ]
    return tuple(proposed)


async def correct(
    connectors: Mapping[str, Connector], datamap: DataMap, corrections: Sequence[Correction]
) -> Corrected:
    """Write each value if the field still holds what was expected, then read it back afresh.

    To repeat it changes nothing. Raises ``NotCorrectable`` before anything is written, and
    ``SystemFailed``.
    """
    graph = Graph(datamap)
    for one in corrections:
        _require_correctable(graph, one)
    for system in dict.fromkeys(one.row.system for one in corrections):
        async with connector_of(connectors, system).writing() as writer:
            for one in corrections:
                if one.row.system == system:
                    change = Change(one.field, one.expected, one.value)
                    await writer.compare_and_set(_table(graph, one), one.row.key, change)
    held, changed, missing = await _verified(connectors, graph, corrections)
    return Corrected(
        written={place: held.count(place) for place in dict.fromkeys(held)},
        changed_meanwhile=tuple(dict.fromkeys(changed)),
        not_verified=tuple(dict.fromkeys(missing)),
    )


async def enforce(
    connectors: Mapping[str, Connector], datamap: DataMap, pins: Sequence[Correction]
) -> Corrected:
    """Put back what a feed has overwritten: whatever a pinned field holds now, it is corrected.

    Raises ``NotCorrectable`` and ``SystemFailed``.
    """
    graph = Graph(datamap)
    now: list[Correction] = []
    async with Readers(connectors) as readers:
        for pin in pins:
            reader = await readers.of(pin.row.system)
            for row in await _read(reader, _table(graph, pin), (pin.row.key,), pin.field):
                now.append(pin.model_copy(update={"expected": row.values[0]}))
    return await correct(connectors, datamap, now)


async def _verified(
    connectors: Mapping[str, Connector], graph: Graph, corrections: Sequence[Correction]
) -> tuple[list[str], list[str], list[str]]:
    """Sort the places by what a fresh look finds: the value, a third one, the old one or no row."""
    held: list[str] = []
    other: list[str] = []
    missing: list[str] = []
    async with Readers(connectors) as readers:
        for one in corrections:
            reader = await readers.of(one.row.system)
            rows = await _read(reader, _table(graph, one), (one.row.key,), one.field)
            found = rows[0].values[0] if rows else one.expected
            if rows and found == one.value:
                held.append(one.place)
            elif found == one.expected:
                missing.append(one.place)
            else:
                other.append(one.place)
    return held, other, missing


async def _read(reader: Reader, table: Table, keys: Sequence[str], column: str) -> list[Row]:
    rows: list[Row] = []
    for part in batched(keys):
        async for batch in reader.rows(table, Equal(table.key, part), (column,)):
            rows += batch
    return rows


def _correctable(graph: Graph, node: Node, point: PointOfIdentity) -> list[str]:
    fields = graph.nodes[node].fields
    return [one.name for one in fields if one.point is point and one.privacy.correctable]


def _require_correctable(graph: Graph, one: Correction) -> None:
    collection = graph.nodes.get(one.row.node)
    field = collection.field(one.field) if collection else None
    if field is None or not field.privacy.correctable:
        raise NotCorrectable(one.place)


def _table(graph: Graph, one: Correction) -> Table:
    collection = graph.nodes.get(one.row.node)
    if collection is None:
        raise NotCorrectable(one.place)
    return table_of(one.row.node, collection)


def _ref(node: Node, row: Row) -> RowRef:
    return RowRef(system=node.system, collection=node.collection, key=row.key)
