"""How each column of a collection is treated on its way into a package."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from datamap.connectors.base import LiveTable
from datamap.disclosure.scope import Scope
from datamap.graph import Node
from datamap.people import PointColumns, points_of
from datamap.schema import Collection, MapField


class Treatment(StrEnum):
    """What happens to a column's values."""

    PLAIN = "plain"
    """Shown: it holds what it is named for (RED-10)."""
    SCANNED = "scanned"
    """Shown without what is never disclosed, which may stand in any text (RED-09)."""
    TEXT = "text"
    """Scanned, and other people marked: somebody typed it (KNO-08)."""
    NEVER = "never"
    """Left out; that it is held is said (RED-01 to RED-07)."""
    COUNSEL = "counsel"
    """Held back until counsel has decided (RED-08)."""
    OTHER_PERSON = "other_person"
    """Left out: it leads to somebody else (KNO-08)."""
    FILE = "file"
    """A file: its text is scanned, what cannot be read is held back (RED-12)."""


_BYTES = frozenset({"bytea", "bytes", "binary", "varbinary", "blob"})
_DOCUMENTS = frozenset({"json", "jsonb", "object", "object[]"})
_FILE_NAMES = ("file_name", "filename", "name", "title")
"""Usual names of the field beside a file that holds the file's name."""


@dataclass(frozen=True)
class Plan:
    """The treatment of every column of one collection."""

    node: Node
    collection: Collection
    columns: Mapping[str, Treatment]
    documents: frozenset[str]
    """Columns whose text is JSON."""
    file_names: frozenset[str]

    @property
    def shown(self) -> tuple[str, ...]:
        """Columns that a package has."""
        hidden = (Treatment.NEVER, Treatment.OTHER_PERSON)
        return tuple(name for name, how in self.columns.items() if how not in hidden)

    @property
    def read_in_rows(self) -> tuple[str, ...]:
        """Columns that are read many rows at a time: all but files."""
        return tuple(name for name, how in self.columns.items() if how is not Treatment.FILE)

    @property
    def holds_text(self) -> bool:
        """Whether a row may be long."""
        return bool(self.documents or self.of(Treatment.TEXT, Treatment.FILE, Treatment.COUNSEL))

    def field(self, name: str) -> MapField:
        """Return what the map says of a column."""
        return next(one for one in self.collection.fields if one.name == name)

    def of(self, *treatments: Treatment) -> tuple[str, ...]:
        """Return the columns that are treated so."""
        return tuple(name for name, how in self.columns.items() if how in treatments)


def plan_of(node: Node, collection: Collection, live: LiveTable | None, scope: Scope) -> Plan:
    """Decide on every column of a collection, by the map and by the live table's types."""
    types = {name: column.type for name, column in live.columns.items()} if live else {}
    points = points_of(node, collection)
    columns = {
        one.name: _treatment(one, types.get(one.name), points, scope) for one in collection.fields
    }
    return Plan(
        node=node,
        collection=collection,
        columns=columns,
        documents=frozenset(
            one.name
            for one in collection.fields
            if one.fields or (types.get(one.name) or one.meta.data_type) in _DOCUMENTS
        ),
        file_names=_file_names(collection, columns),
    )


def _file_names(collection: Collection, columns: Mapping[str, Treatment]) -> frozenset[str]:
    files = [one for one in collection.fields if columns[one.name] is Treatment.FILE]
    said = {one.privacy.attachment.name for one in files if one.privacy.attachment}
    usual = {name for name in _FILE_NAMES if name in columns} if files else set()
    return frozenset(name for name in said | usual if name)


def _treatment(
    field: MapField, live_type: str | None, points: list[PointColumns], scope: Scope
) -> Treatment:
    said = field.privacy
    if said.never_disclose:
        release = scope.counsel_may_release(said.never_disclose)
        return Treatment.COUNSEL if release else Treatment.NEVER
    if said.other_person:
        return Treatment.OTHER_PERSON
    if said.attachment is not None or (live_type or field.meta.data_type) in _BYTES:
        return Treatment.FILE
    if said.free_text:
        return Treatment.TEXT
    if any(field.name in point.columns for point in points):
        return Treatment.PLAIN
    return Treatment.SCANNED
